// increments DIRECTORY KEY TIMES: adds 1 to a number, TIMES times.
import { increments } from '@latchkey/test-kit'
import { FileTokenStore } from '../../src/index.ts'

const [directory, key, times] = process.argv.slice(2)
const store = new FileTokenStore(directory === '' ? {} : { directory: directory! })
await increments(store, JSON.parse(key!) as string, Number(times))
