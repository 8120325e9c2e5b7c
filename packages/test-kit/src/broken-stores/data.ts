import type { TokenStore } from '@latchkey/core'
import type { Json, SwapResult } from '@latchkey/core/ports'
import { yieldToEventLoop } from '../platform.ts'
import { brokenStore, type BrokenStore } from './broken-store.ts'

const OWN_KEY = 'every string is a distinct key to write, read and remove'

/** A store that changes keys with `mangle` before it uses them. */
const mangleKeys = (mistake: string, mangle: (key: string) => string): BrokenStore =>
  brokenStore(mistake, OWN_KEY, ({ read, compareAndSwap, remove }) => () => ({
    read: key => read(mangle(key)),
    compareAndSwap: (key, ...rest) => compareAndSwap(mangle(key), ...rest),
    remove: key => remove(mangle(key)),
  }))

/** Resolves `.` and `..` in a path. */
function resolvePath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/'))
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  return parts.join('/')
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** A store that keeps objects by reference in whatever `get` and `set` access. */
function objectStore(
  get: (key: string) => { value: Json; version: number } | undefined,
  set: (key: string, entry: { value: Json; version: number } | undefined) => void,
): Pick<TokenStore, 'read' | 'compareAndSwap' | 'remove'> {
  let writes = 0
  return {
    read: async key => get(key),
    async compareAndSwap(key, expected, value): Promise<SwapResult> {
      const current = get(key)
      if (current?.version !== expected) return { swapped: false, current }
      set(key, { value, version: ++writes })
      return { swapped: true, version: writes }
    },
    remove: async key => set(key, undefined),
  }
}

/** Mistakes with keys, values and expiries. */
export const brokenData: readonly BrokenStore[] = [
  mangleKeys('keys are case-insensitive (some file systems)', key => key.toLowerCase()),
  mangleKeys('keys are Unicode-normalized (some file systems)', key => key.normalize('NFC')),
  mangleKeys('keys are truncated to 255 characters', key => key.slice(0, 255)),
  mangleKeys('the end of a key is trimmed (file names on Windows)', key =>
    key.replace(/(?<![ .])[ .]+$/, ''),
  ),
  mangleKeys('a key is a path', resolvePath),
  mangleKeys('a key ends at NUL', key => key.split('\0')[0]!),
  mangleKeys('characters other than letters and digits become underscores', key =>
    key.replace(/[^\p{L}\p{N}]/gu, '_'),
  ),
  mangleKeys('a key is percent-decoded once too many', decodeKey),
  mangleKeys('half a surrogate pair becomes U+FFFD (UTF-8)', key => key.replace(/\p{Surrogate}/gu, '\ufffd')),
  brokenStore(
    'keys are members of an object',
    'every key is absent before its first write, including names that objects inherit',
    () => {
      const object: Record<string, never> = {}
      const store = objectStore(
        key => object[key],
        (key, entry) => (object[key] = entry as never),
      )
      return () => store
    },
  ),
  brokenStore(
    'values are stored by reference',
    'changing an object that was written or returned does not change the stored value',
    () => {
      const map = new Map<string, { value: Json; version: number }>()
      const store = objectStore(
        key => map.get(key),
        (key, entry) => (entry ? map.set(key, entry) : map.delete(key)),
      )
      return () => store
    },
  ),
  brokenStore(
    'a value is serialized after a delay',
    'a write stores the value as it is when compareAndSwap is called',
    sound => () => ({
      async compareAndSwap(...args) {
        await yieldToEventLoop()
        return sound.compareAndSwap(...args)
      },
    }),
  ),
  brokenStore('a falsy value counts as absent', 'a value comes back equal: zero', sound => () => ({
    async read(key) {
      const stored = await sound.read(key)
      return stored?.value ? stored : undefined
    },
  })),
  brokenStore(
    'members of a value are assigned one by one',
    'a value comes back equal: member names of every kind',
    sound => () => ({
      async compareAndSwap(key, expected, value, options) {
        const copy: Record<string, Json> = {}
        if (value?.constructor !== Object && typeof value !== 'object')
          return sound.compareAndSwap(key, expected, value, options)
        for (const [name, member] of Object.entries(value ?? {})) copy[name] = member
        return sound.compareAndSwap(key, expected, Array.isArray(value) || !value ? value : copy, options)
      },
    }),
  ),
  brokenStore(
    'null members are omitted',
    'a value comes back equal: absent and null members',
    sound => () => ({
      compareAndSwap: (key, expected, value, options) =>
        sound.compareAndSwap(
          key,
          expected,
          JSON.parse(JSON.stringify(value, (_, member) => member ?? undefined) ?? 'null'),
          options,
        ),
    }),
  ),
  brokenStore(
    'a value of more than 64 KiB is truncated',
    'a value comes back equal: text of 256 KiB',
    sound => () => ({
      compareAndSwap: (key, expected, value, options) =>
        sound.compareAndSwap(
          key,
          expected,
          typeof value === 'string' ? value.slice(0, 65_536) : value,
          options,
        ),
    }),
  ),
  brokenStore(
    'expiresAtMs is ignored',
    'every instance reads a value until it expires, and undefined afterwards',
    sound => () => ({
      compareAndSwap: (key, expected, value) => sound.compareAndSwap(key, expected, value),
    }),
  ),
  brokenStore(
    'expiresAtMs is treated as a duration',
    'every instance reads a value until it expires, and undefined afterwards',
    (sound, clock) => () => ({
      compareAndSwap: (key, expected, value, { expiresAtMs } = {}) =>
        sound.compareAndSwap(key, expected, value, {
          ...(expiresAtMs !== undefined && { expiresAtMs: clock.nowMs() + expiresAtMs }),
        }),
    }),
  ),
  brokenStore(
    'an expiry also applies to later values',
    'a later write replaces the expiry, or removes it',
    sound => {
      const expiries = new Map<string, number>()
      return () => ({
        compareAndSwap(key, expected, value, { expiresAtMs = expiries.get(key) } = {}) {
          if (expiresAtMs === undefined) return sound.compareAndSwap(key, expected, value)
          expiries.set(key, expiresAtMs)
          return sound.compareAndSwap(key, expected, value, { expiresAtMs })
        },
      })
    },
  ),
  brokenStore(
    'an expired value can be read but not swapped',
    'a value written with an expiry in the past is absent',
    sound => {
      const last = new Map<string, { value: Json; version: number | string }>()
      return () => ({
        read: async key => (await sound.read(key)) ?? last.get(key),
        async compareAndSwap(key, expected, value, options) {
          const result = await sound.compareAndSwap(key, expected, value, options)
          if (result.swapped) last.set(key, { value, version: result.version })
          return result
        },
      })
    },
  ),
]
