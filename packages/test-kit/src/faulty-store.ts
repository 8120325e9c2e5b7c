import type { TokenStore } from '@latchkey/core'
import type { Json } from '@latchkey/core/ports'

/** A fault to simulate. */
export type Fault =
  /** The call rejects and does nothing. */
  | 'fail'
  /** The call does its work and rejects, as if the response was lost. */
  | 'loseResponse'
  /** `compareAndSwap` stores half of the value's JSON text as a string and rejects; `read` returns it. */
  | 'tear'
  /** Before the call, the key returns to its value before its last write, as after a failover or a restored backup. */
  | 'rollBack'
  /** The call starts its work when this promise is fulfilled. */
  | { readonly startAfter: Promise<unknown> }
  /** The call does its work immediately and returns when this promise is fulfilled. */
  | { readonly returnAfter: Promise<unknown> }

/** The methods that faults can be planned for. `acquire` belongs to `locks`. */
export type FaultyMethod = 'read' | 'compareAndSwap' | 'remove' | 'confirm' | 'acquire'

/** A fault at the `call`-th call (from 1) of a method, for any key. */
export interface PlannedFault {
  /** The method whose calls are counted. */
  readonly method: FaultyMethod
  /** Counted from 1, over all keys. */
  readonly call: number
  /** What happens at that call. */
  readonly fault: Fault
}

/** A store with planned faults. */
export interface FaultyStore extends TokenStore {
  /** The number of calls of each method so far. */
  readonly calls: Readonly<Record<FaultyMethod, number>>
  /**
   * Checks that every planned fault occurred. Call it at the end of the test.
   *
   * @throws {Error} when a planned fault did not occur.
   */
  finish(): void
}

/** Wraps `store` so that `faults` occur at the calls that they name. Several faults at one call all apply. */
export function faultyStore(store: TokenStore, faults: readonly PlannedFault[]): FaultyStore {
  for (const { method, fault } of faults)
    if (fault === 'tear' && method !== 'read' && method !== 'compareAndSwap')
      throw new TypeError(`faults: ${method} has no value to tear`)

  const calls = { read: 0, compareAndSwap: 0, remove: 0, confirm: 0, acquire: 0 }
  const previousValues = new Map<string, (Json | undefined)[]>()

  const rollBack = async (key: string): Promise<void> => {
    const value = previousValues.get(key)?.pop()
    const current = await store.read(key)
    if (value === undefined) await store.remove(key)
    else await store.compareAndSwap(key, current?.version, value)
  }
  const recordPrevious = async <T>(
    key: string,
    write: () => Promise<T>,
    isWritten: (result: T) => boolean,
  ): Promise<T> => {
    const before = (await store.read(key))?.value
    const result = await write()
    if (isWritten(result)) previousValues.set(key, [...(previousValues.get(key) ?? []), before])
    return result
  }

  /** Runs one call of `method` with the faults planned for it. */
  const call = async <T>(
    method: FaultyMethod,
    key: string,
    work: (torn: boolean) => Promise<T>,
  ): Promise<T> => {
    const number = ++calls[method]
    const planned = faults.filter(one => one.method === method && one.call === number).map(one => one.fault)
    const failure = new Error(`faultyStore: ${method} number ${number} fails as planned`)
    for (const fault of planned) {
      if (fault === 'rollBack') await rollBack(key)
      if (typeof fault === 'object' && 'startAfter' in fault) await fault.startAfter
    }
    if (planned.includes('fail')) throw failure
    const torn = planned.includes('tear')
    const result = await work(torn)
    for (const fault of planned)
      if (typeof fault === 'object' && 'returnAfter' in fault) await fault.returnAfter
    if (planned.includes('loseResponse') || (torn && method === 'compareAndSwap')) throw failure
    return result
  }

  const { locks, confirm, watch, keys, close } = store
  return {
    atomicity: store.atomicity,
    calls,
    read: key =>
      call('read', key, async torn => {
        const stored = await store.read(key)
        return torn && stored ? { ...stored, value: half(JSON.stringify(stored.value)) } : stored
      }),
    compareAndSwap(key, expected, value, options) {
      const text = JSON.stringify(value) // immediately: the caller may change the value during a wait
      return call('compareAndSwap', key, torn =>
        recordPrevious(
          key,
          () => store.compareAndSwap(key, expected, torn ? half(text) : (JSON.parse(text) as Json), options),
          ({ swapped }) => swapped,
        ),
      )
    },
    remove: key =>
      call('remove', key, () =>
        recordPrevious(
          key,
          () => store.remove(key),
          () => true,
        ),
      ),
    ...(locks && {
      locks: {
        scope: locks.scope,
        acquire: (key, options) => call('acquire', key, () => locks.acquire(key, options)),
      },
    }),
    ...(confirm && { confirm: key => call('confirm', key, () => confirm.call(store, key)) }),
    ...(watch && { watch: (key, listener) => watch.call(store, key, listener) }),
    ...(keys && { keys: () => keys.call(store) }),
    ...(close && { close: () => close.call(store) }),
    finish() {
      const missed = faults.filter(({ method, call }) => calls[method] < call)
      if (missed.length > 0)
        throw new Error(
          `planned faults did not occur: ${missed.map(({ method, call }) => `${method} number ${call}`).join(', ')}`,
        )
    },
  }
}

const half = (text: string): string => text.slice(0, text.length / 2)
