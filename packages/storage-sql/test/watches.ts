// A process that watches and ends by itself.
import { openSql, type SqlSpec } from './open-sql.ts'

const { store, end } = await openSql(JSON.parse(process.argv[2]!) as SqlSpec)
await store.migrate()
await new Promise<void>(resolve => store.watch!('a', resolve))
await end()
