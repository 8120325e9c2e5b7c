// The contract of token stores, on PostgreSQL and MariaDB.
import type { Medium } from '@latchkey/test-kit'
import { contractOn, mediumOf } from '../media.ts'
import { Proxy } from '../../../../tools/proxy.ts'
import { MariaDb, Postgres, type Server } from '../servers.ts'

/** A medium whose network can break. */
async function through(server: Server, isEncrypted = false): Promise<Medium> {
  const proxy = await Proxy.before(server)
  const medium = await mediumOf(
    { ...server.specWith({ port: proxy.port }), options: { timeoutMs: 3_000 } },
    isEncrypted,
  )
  const dispose = async (): Promise<void> => {
    await proxy.close()
    await medium.dispose!()
  }
  return { ...medium, breakDown: () => proxy.close(), dispose }
}

const postgres = await Postgres.start()
const mariaDb = await MariaDb.start()

await contractOn('PostgreSQL', () => through(postgres))
await contractOn('PostgreSQL, encrypted', () => mediumOf(postgres.spec, true))
await contractOn('MariaDB', () => through(mariaDb))
await contractOn('MariaDB, encrypted', () => mediumOf(mariaDb.spec, true))
