// Another process of the contract: adds to a number.
import { increment } from '@latchkey/test-kit'
import { sealed } from '../../../tools/sealed.ts'
import { openSql, type SqlSpec } from './open-sql.ts'

const { spec, key, times, isEncrypted } = JSON.parse(process.argv[2]!) as {
  spec: SqlSpec
  key: string
  times: number
  isEncrypted: boolean
}
const { store, end } = await openSql(spec)
await increment(sealed(store, isEncrypted), key, times)
await store.close()
await end()
