// increments DIRECTORY KEY TIMES [encrypted]: adds 1 to a number, TIMES times.
import { increment } from '@latchkey/test-kit'
import { FileTokenStore } from '../../src/index.ts'
import { sealed } from '../../../../tools/sealed.ts'

const [directory, key, times, how] = process.argv.slice(2)
const store = new FileTokenStore(directory === '' ? {} : { directory: directory! })
await increment(sealed(store, how === 'encrypted'), JSON.parse(key!) as string, Number(times))
