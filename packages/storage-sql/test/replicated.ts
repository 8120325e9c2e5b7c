// A primary of PostgreSQL and its replica, with asynchronous replication that can be cut. Clients reach the primary through
// a proxy, as through a virtual address.
import { Proxy } from '../../../tools/proxy.ts'
import { Postgres, until } from './servers.ts'
import type { SqlSpec } from './open-sql.ts'

export class Replicated {
  primary: Postgres
  replica!: Postgres
  readonly #address: Proxy
  #replication!: Proxy

  private constructor(primary: Postgres, address: Proxy) {
    this.primary = primary
    this.#address = address
  }

  static async start(): Promise<Replicated> {
    const primary = await Postgres.start()
    const replicated = new Replicated(primary, await Proxy.before(primary))
    await replicated.recover()
    return replicated
  }

  /** The connection of a store to the primary, whichever it is. */
  get spec(): SqlSpec {
    return this.primary.specWith({ port: this.#address.port })
  }

  /** Waits until the replica has every write. */
  async caughtUp(): Promise<void> {
    await until('the replica to catch up', async () => {
      const [row] = await this.primary.admin(
        'SELECT bool_and(replay_lsn = pg_current_wal_lsn()) AS is FROM pg_stat_replication',
      )
      return row?.['is']
    })
  }

  /** Later writes do not reach the replica. */
  cutReplication(): void {
    this.#replication.mode = 'swallows'
  }

  /** Kills the primary, and makes the replica the primary. */
  async failOver(): Promise<void> {
    await this.primary.kill()
    await this.#replication.close()
    await this.replica.promote()
    this.primary = this.replica
    this.#address.target = this.primary.port
    this.#address.cut()
  }

  /** Starts a new replica of the primary. */
  async recover(): Promise<void> {
    this.#replication = await Proxy.before(this.primary)
    this.replica = await this.primary.startReplica({}, this.#replication.port)
    await this.caughtUp()
  }
}
