// Scenarios for failures and deaths: a state, and one call that changes it.
import type { Json } from '@latchkey/core/ports'
import { FileTokenStore, type FileSystem } from '../src/index.ts'

export const KEY = 'imgur/43652b743b5a7a0/default'

export interface Scene {
  /** Creates the state. */
  prepare(store: FileTokenStore): Promise<void>
  /** Makes the call. */
  act(store: FileTokenStore): Promise<void>
  /** The value before and after; `undefined` for none. */
  readonly before: Json | undefined
  readonly after: Json | undefined
}

const small = (n: number): Json => ({ n, tokens: 'x'.repeat(900) })
const large = (n: number): Json => ({ n, tokens: 'y'.repeat(9_000) })

async function write(store: FileTokenStore, value: Json): Promise<void> {
  const version = (await store.read(KEY))?.version
  const { swapped } = await store.compareAndSwap(KEY, version, value)
  if (!swapped) throw new Error('a swap was refused though nobody else writes')
}

const after = (writes: number) => async (store: FileTokenStore) => {
  for (let n = 1; n <= writes; n++) await write(store, small(n))
}

export const SCENES: Readonly<Record<string, Scene>> = {
  'the first write': {
    prepare: store => store.remove(KEY), // makes the directory
    act: store => write(store, small(1)),
    before: undefined,
    after: small(1),
  },
  'the second write': {
    prepare: after(1),
    act: store => write(store, small(2)),
    before: small(1),
    after: small(2),
  },
  'a later write': {
    prepare: after(5),
    act: store => write(store, small(6)),
    before: small(5),
    after: small(6),
  },
  'a write that has grown': {
    prepare: after(5),
    act: store => write(store, large(6)),
    before: small(5),
    after: large(6),
  },
  'the first write after a removal': {
    prepare: async store => {
      await after(2)(store)
      await store.remove(KEY)
    },
    act: store => write(store, small(3)),
    before: undefined,
    after: small(3),
  },
  'a removal': {
    prepare: after(3),
    act: store => store.remove(KEY),
    before: small(3),
    after: undefined,
  },
}

export const open = (directory: string, fs?: FileSystem): FileTokenStore =>
  new FileTokenStore({ directory, ...(fs && { fs }) })

export { write }
