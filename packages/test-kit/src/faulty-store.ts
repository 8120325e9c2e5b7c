import type { TokenStore } from '@latchkey/core'
import type { Json } from '@latchkey/core/ports'

/** What goes wrong. */
export type Fault =
  /** Nothing is done, and the call rejects. */
  | 'fail'
  /** It is done, and the call rejects all the same: the answer was lost. */
  | 'loseReply'
  /** `compareAndSwap` stores half of the value and rejects; `read` returns half of the value. Half a JSON text is a string. */
  | 'tear'
  /** Before anything else the key gets back what it held before its last write: a failover, a restored backup. */
  | 'goBack'
  /** It is done when this is fulfilled. */
  | { readonly waitFor: Promise<unknown> }
  /** It is done at once, and answered when this is fulfilled. */
  | { readonly replyAfter: Promise<unknown> }

/** The methods that faults can be planned for; `acquire` is that of `locks`. */
export type FaultyMethod = 'read' | 'compareAndSwap' | 'remove' | 'confirm' | 'acquire'

/** A fault at the `call`-th call (from 1) of a method, whatever its key. */
export interface FaultAt {
  readonly method: FaultyMethod
  readonly call: number
  readonly fault: Fault
}

/** A store with planned faults. */
export interface FaultyStore extends TokenStore {
  /** How often each method was called so far. */
  readonly calls: Readonly<Record<FaultyMethod, number>>
  /**
   * Call it when the test is over.
   *
   * @throws {Error} when a planned fault never came about, so that the test did not test it
   */
  finish(): void
}

/** `store`, with `faults` at the calls that they name; several at one call add up. Its capabilities stay. */
export function faultyStore(store: TokenStore, faults: readonly FaultAt[]): FaultyStore {
  for (const { method, fault } of faults)
    if (fault === 'tear' && method !== 'read' && method !== 'compareAndSwap')
      throw new TypeError(`faults: ${method} has no value to tear`)

  const calls = { read: 0, compareAndSwap: 0, remove: 0, confirm: 0, acquire: 0 }
  /** What each key held before each of its writes. */
  const former = new Map<string, (Json | undefined)[]>()

  const goBack = async (key: string): Promise<void> => {
    const value = former.get(key)?.pop()
    const current = await store.read(key)
    if (value === undefined) await store.remove(key)
    else await store.compareAndSwap(key, current?.version, value)
  }
  const remembering = async <T>(
    key: string,
    write: () => Promise<T>,
    done: (result: T) => boolean,
  ): Promise<T> => {
    const before = (await store.read(key))?.value
    const result = await write()
    if (done(result)) former.set(key, [...(former.get(key) ?? []), before])
    return result
  }

  /** One call of `method`, with what is planned for it. */
  const call = async <T>(
    method: FaultyMethod,
    key: string,
    work: (torn: boolean) => Promise<T>,
  ): Promise<T> => {
    const number = ++calls[method]
    const planned = faults.filter(one => one.method === method && one.call === number).map(one => one.fault)
    const failure = new Error(`faultyStore: ${method} number ${number} fails as planned`)
    for (const fault of planned) {
      if (fault === 'goBack') await goBack(key)
      if (typeof fault === 'object' && 'waitFor' in fault) await fault.waitFor
    }
    if (planned.includes('fail')) throw failure
    const torn = planned.includes('tear')
    const result = await work(torn)
    for (const fault of planned)
      if (typeof fault === 'object' && 'replyAfter' in fault) await fault.replyAfter
    if (planned.includes('loseReply') || (torn && method === 'compareAndSwap')) throw failure
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
      const text = JSON.stringify(value) // now: the caller may change it while we wait
      return call('compareAndSwap', key, torn =>
        remembering(
          key,
          () => store.compareAndSwap(key, expected, torn ? half(text) : (JSON.parse(text) as Json), options),
          ({ swapped }) => swapped,
        ),
      )
    },
    remove: key =>
      call('remove', key, () =>
        remembering(
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
          `never came about: ${missed.map(({ method, call }) => `${method} number ${call}`).join(', ')}`,
        )
    },
  }
}

const half = (text: string): string => text.slice(0, text.length / 2)
