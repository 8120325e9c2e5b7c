// A process that creates the table of each database on a line of its input, and then prints a line.
import { createInterface } from 'node:readline'
import { openSql, type SqlSpec } from './open-sql.ts'

for await (const line of createInterface(process.stdin)) {
  const { store, end } = await openSql(JSON.parse(line) as SqlSpec)
  await store.migrate()
  await store.close()
  await end()
  process.stdout.write('migrated\n')
}
