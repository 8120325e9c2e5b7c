// Another process of the contract: adds to a number.
import { increments } from '@latchkey/test-kit'
import { RedisTokenStore } from '../src/index.ts'

const { options, key, times } = JSON.parse(process.argv[2]!)
const store = new RedisTokenStore(options)
await increments(store, key, times)
await store.close()
