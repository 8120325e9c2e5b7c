// Another process of the contract: adds to a number.
import { increment } from '@latchkey/test-kit'
import { RedisTokenStore } from '../src/index.ts'
import { sealed } from '../../../tools/sealed.ts'

const { options, key, times, isEncrypted } = JSON.parse(process.argv[2]!)
const store = new RedisTokenStore(options)
await increment(sealed(store, isEncrypted), key, times)
await store.close()
