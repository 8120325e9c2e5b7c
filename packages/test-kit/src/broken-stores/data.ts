import type { TokenStore } from '@latchkey/core'
import type { Json, SwapResult } from '@latchkey/core/ports'
import { turn } from '../platform.ts'
import { broken, type BrokenStore } from './broken-store.ts'

const OWN_KEY = 'every string is a key of its own, to write, read and remove'

/** A store that looks for a key under another name than it was given. */
const mangling = (mistake: string, mangle: (key: string) => string): BrokenStore =>
  broken(mistake, OWN_KEY, ({ read, compareAndSwap, remove }) => () => ({
    read: key => read(mangle(key)),
    compareAndSwap: (key, ...rest) => compareAndSwap(mangle(key), ...rest),
    remove: key => remove(mangle(key)),
  }))

/** What becomes of a path with `.` and `..` in it. */
function resolved(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/'))
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  return parts.join('/')
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** A store that keeps objects as they are, in whatever `get` and `set` reach. */
function keeping(
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

/** Mistakes with keys, and with what is stored under them. */
export const brokenData: readonly BrokenStore[] = [
  mangling('keys differ in more than case (a file system that folds it)', key => key.toLowerCase()),
  mangling('keys are normalised (a file system that composes characters)', key => key.normalize('NFC')),
  mangling('keys are cut at 255 characters', key => key.slice(0, 255)),
  mangling('the end of a key is trimmed (file names on Windows)', key => key.replace(/[ .]+$/, '')),
  mangling('a key is a path', resolved),
  mangling('a key ends at NUL', key => key.split('\0')[0]!),
  mangling('what is not a letter or a digit becomes an underscore', key =>
    key.replace(/[^\p{L}\p{N}]/gu, '_'),
  ),
  mangling('a key is percent-decoded once too often', decoded),
  mangling('half a surrogate pair becomes U+FFFD (UTF-8)', key => key.replace(/\p{Surrogate}/gu, '\ufffd')),
  broken(
    'keys are members of an object',
    'nothing is stored under any key before it is written, whatever objects inherit',
    () => {
      const object: Record<string, never> = {}
      const store = keeping(
        key => object[key],
        (key, entry) => (object[key] = entry as never),
      )
      return () => store
    },
  ),
  broken(
    'values are kept as the objects that were given',
    'changing an object after it was stored, read or told changes nothing stored',
    () => {
      const map = new Map<string, { value: Json; version: number }>()
      const store = keeping(
        key => map.get(key),
        (key, entry) => (entry ? map.set(key, entry) : map.delete(key)),
      )
      return () => store
    },
  ),
  broken(
    'a value is made text after a wait',
    'a value is taken as it is at the time of the call',
    sound => () => ({
      async compareAndSwap(...args) {
        await turn()
        return sound.compareAndSwap(...args)
      },
    }),
  ),
  broken('a value that is falsy counts as absent', 'a value comes back equal: zero', sound => () => ({
    async read(key) {
      const stored = await sound.read(key)
      return stored?.value ? stored : undefined
    },
  })),
  broken(
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
  broken(
    'what is null is left out',
    'a value comes back equal: what is absent and what is null',
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
  broken('a value of more than 64 KiB is cut', 'a value comes back equal: text of 256 KiB', sound => () => ({
    compareAndSwap: (key, expected, value, options) =>
      sound.compareAndSwap(
        key,
        expected,
        typeof value === 'string' ? value.slice(0, 65_536) : value,
        options,
      ),
  })),
  broken(
    'expiresAtMs is ignored',
    'a value is there until it expires, and then it is not, for every instance',
    sound => () => ({
      compareAndSwap: (key, expected, value) => sound.compareAndSwap(key, expected, value),
    }),
  ),
  broken(
    'expiresAtMs is taken for a duration',
    'a value is there until it expires, and then it is not, for every instance',
    (sound, clock) => () => ({
      compareAndSwap: (key, expected, value, { expiresAtMs } = {}) =>
        sound.compareAndSwap(key, expected, value, {
          ...(expiresAtMs !== undefined && { expiresAtMs: clock.nowMs() + expiresAtMs }),
        }),
    }),
  ),
  broken(
    'an expiry outlives the value that it was given with',
    'a later value without an expiry stays, and one with another expires by that',
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
  broken(
    'what has expired can be read, and only cannot be swapped',
    'a value whose expiry has passed when it is written is absent',
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
