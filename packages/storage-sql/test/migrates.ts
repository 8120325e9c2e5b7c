// A process that creates the table.
import { openSql, type SqlSpec } from './open-sql.ts'

const { store, end } = await openSql(JSON.parse(process.argv[2]!) as SqlSpec)
await store.migrate()
await store.close()
await end()
