import { errorOf, type LatchkeyError, RecordError, StoreError } from '../errors.ts'
import { accountWriteMachine, type AccountWrite } from '../keeper/account-write.ts'
import { signedOutFailure } from '../keeper/failures.ts'
import type { Memory } from '../keeper/memory.ts'
import type { Grant } from '../keeper/record-writes.ts'
import { own } from '../util/own.ts'
import type { TokenStore } from '../ports/token-store.ts'
import { runTo } from './drive.ts'
import { importHash } from './import-hash.ts'
import { type KeeperPorts, performer } from './keeper-effects.ts'
import { STORE_TIMEOUT_MS, storeErrorOf, withTimeout } from './store-call.ts'
import { track } from './under-way.ts'

const machine = accountWriteMachine()

/** What the writer needs of its keeper. */
interface Host {
  readonly store: TokenStore
  /** Returns the ports of a write. */
  ports(): KeeperPorts
  memory(): Memory
  remember(memory: Memory): void
  warn(message: string): void
}

/** The sign-in or sign-out of an account that is not stored yet: it holds in this process at once. */
export class AccountWriter {
  readonly #host: Host
  #pending: AccountWrite | undefined
  /** Why storing it has failed. */
  #error: LatchkeyError | undefined
  #writing: Promise<void> | undefined

  constructor(host: Host, pending?: AccountWrite) {
    this.#host = host
    this.#pending = pending
  }

  get pending(): AccountWrite | undefined {
    return this.#pending
  }

  /** Starts a write; it replaces one that is not stored yet. */
  start(write: AccountWrite): void {
    this.#pending = write
    this.#error = undefined
    this.write().catch((error: Error) => this.#host.warn(error.message))
  }

  /** Writes what is not stored yet, one write at a time. Rejects when the store fails. */
  write(): Promise<void> {
    this.#writing ??= track(this.#host.store, this.#writeAll()).finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  /**
   * Waits for the write, unless storing it has failed before. Returns what a sign-in granted if it could not be stored.
   *
   * @throws {SignedOutError} after a sign-out that could not be stored.
   */
  async wait(): Promise<Grant | undefined> {
    const write = this.#pending
    if (!write) return undefined
    const hasFailed = this.#error !== undefined
    const writing = this.write()
    if (!hasFailed)
      try {
        await writing
        return undefined
      } catch (error) {
        if (error instanceof RecordError || error !== this.#error) throw error
      }
    else writing.catch(() => {})
    if (write.type === 'sign-out') throw errorOf(signedOutFailure(undefined))
    return write.grant
  }

  /** Why the last write could not be stored. */
  get error(): LatchkeyError {
    return this.#error ?? new StoreError(UNSAVED)
  }

  async #writeAll(): Promise<void> {
    for (let write = this.#pending; write; write = this.#pending) {
      // The next process may pass the same old tokens to its constructor, even after a sign-out.
      const imported = 'ifNew' in write ? write.grant : undefined
      const importedHash = imported && (await importHash(imported.tokens, write.family))
      const ports = this.#host.ports()
      const plan = {
        owner: ports.owner,
        write: importedHash ? { ...write, grant: { ...imported, importedHash } } : write,
        memory: this.#host.memory(),
        revoke: !!ports.revoke,
      }
      const { perform, end } = performer({
        ...ports,
        replaces: REPLACED[imported ? 'import' : write.type],
        imported,
      })
      const ended = await runTo('written', machine, plan, perform).finally(end)
      if (this.#pending !== write) continue
      if (ended.failure) {
        this.#error = storeErrorOf(ended.failure)
        ports.emit({ type: 'persist-failed', message: ended.failure.message })
        throw this.#error
      }
      this.#pending = undefined
      this.#host.remember(ended.memory)
      if (write.type === 'sign-out') await overwriteEarlier(ports)
    }
  }
}

/**
 * What each write replaces although the store cannot read it. Only a sign-out gives up a value whose key is missing: the key
 * may come back.
 */
const REPLACED = {
  import: undefined,
  'sign-in': ['store_corrupt'],
  'sign-out': ['store_corrupt', 'decryption_failed'],
} as const

/** How many earlier values a store may keep: a file store keeps the last one, and the space of one more. */
const EARLIER_VALUES = 2

/** Writes the tombstone again and again, so that no earlier value with tokens is left in the store. */
async function overwriteEarlier({ store, key, clock }: KeeperPorts): Promise<void> {
  for (let written = 0; written < EARLIER_VALUES; written++)
    try {
      const found = await withTimeout(clock, STORE_TIMEOUT_MS, store.read(key))
      if (own(found?.value, 'status') !== 'signedOut') return
      await withTimeout(clock, STORE_TIMEOUT_MS, store.compareAndSwap(key, found!.version, found!.value))
    } catch {
      return // the sign-out itself is stored
    }
}

export const UNSAVED = 'the tokens could not be stored: they stay in memory, and settled() tries again'
