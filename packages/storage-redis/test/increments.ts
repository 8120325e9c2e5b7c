// Another process for the contract: adds to a number.
import { increments } from '@latchkey/test-kit'
import { RedisTokenStore } from '../src/index.ts'
import { sealed } from '../../../tools/sealed.ts'

const { options, key, times, isEncrypted } = JSON.parse(process.argv[2]!)
const store = new RedisTokenStore(options)
await increments(sealed(store, isEncrypted), key, times)
await store.close()
