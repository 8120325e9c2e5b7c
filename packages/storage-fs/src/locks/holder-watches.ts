// Waiting for locks that others hold: one connection to each holder, however many of its locks are waited for.
import type { SafeFiles } from '../files/safe-files.ts'
import { checkLiveness, type Liveness } from './liveness-socket.ts'

/** Waits for a change of one lock. */
export class Watch {
  readonly holder: string
  readonly lock: string
  /** Whether the holder has closed the connection, or has accepted none. */
  isOver = false
  #end: (() => void) | undefined
  #hasChanged = false
  #wake = (): void => undefined

  constructor(holder: string, lock: string, end: () => void) {
    this.holder = holder
    this.lock = lock
    this.#end = end
  }

  /** Resolves when the lock may have changed since the last time. */
  async changed(): Promise<void> {
    if (!this.#hasChanged) await new Promise<void>(resolve => (this.#wake = resolve))
    this.#hasChanged = false
  }

  wake(): void {
    this.#hasChanged = true
    this.#wake()
  }

  end(): void {
    this.#end?.()
    this.#end = undefined
  }
}

interface Connection {
  readonly watches: Set<Watch>
  readonly liveness: Promise<Liveness>
}

export class HolderWatches {
  readonly #connections = new Map<string, Connection>()

  /** Watches a lock in `folder`; resolves to `undefined` if its holder is dead. */
  async watch(files: SafeFiles, folder: string, holder: string, lock: string): Promise<Watch | undefined> {
    const { descriptors } = files
    const isFull = !this.#connections.has(holder) && this.#connections.size >= descriptors.maxConnections
    const connection = isFull ? undefined : this.#connect(folder, holder)
    const watch = new Watch(holder, lock, () => connection && this.#leave(connection, holder, watch))
    connection?.watches.add(watch)
    const liveness = await (connection?.liveness ??
      descriptors.use(files.patience, () => checkOnce(folder, holder)))
    if (liveness.type !== 'alive') {
      watch.isOver = true
      watch.end()
    }
    return liveness.type === 'dead' ? undefined : watch
  }

  #connect(folder: string, holder: string): Connection {
    const known = this.#connections.get(holder)
    if (known) return known
    const watches = new Set<Watch>()
    const wake = (lock: string): void => {
      for (const watch of watches) if (lock === '' || lock === watch.lock) watch.wake()
    }
    const connection = { watches, liveness: checkLiveness(folder, `~${holder}`, wake) }
    this.#connections.set(holder, connection)
    const over = (): void => {
      this.#forget(connection, holder)
      for (const watch of watches) watch.isOver = true
      wake('')
    }
    connection.liveness
      .then(liveness => (liveness.type === 'alive' ? liveness.ended : undefined))
      .then(over, over)
    return connection
  }

  #leave(connection: Connection, holder: string, watch: Watch): void {
    connection.watches.delete(watch)
    if (connection.watches.size > 0) return
    this.#forget(connection, holder)
    connection.liveness.then(disconnect, () => undefined)
  }

  #forget(connection: Connection, holder: string): void {
    if (this.#connections.get(holder) === connection) this.#connections.delete(holder)
  }
}

async function checkOnce(folder: string, holder: string): Promise<Liveness> {
  const liveness = await checkLiveness(folder, `~${holder}`)
  disconnect(liveness)
  return liveness.type === 'alive' ? { type: 'crowded' } : liveness
}

function disconnect(liveness: Liveness): void {
  if (liveness.type === 'alive') liveness.disconnect()
}
