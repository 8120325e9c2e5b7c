import { randomBytes } from 'node:crypto'
import KeyvRedis from '@keyv/redis'
import type { Json, Stored } from '@latchkey/core/ports'
import Keyv from 'keyv'
import type { RedisLink } from './redis-link.ts'

/** The value of a key was not written by this package or Keyv. */
export class ForeignValueError extends Error {}

/**
 * Serializes `value` in Keyv's format with a random id of this write. Equal texts are therefore the same write: a
 * retried swap detects its own write, and a version never returns.
 */
export function serialize(value: Json, expiresAtMs: number): string {
  const expires = Number.isFinite(expiresAtMs) ? { expires: expiresAtMs } : {}
  const form = { value, ...expires, write: randomBytes(12).toString('base64url') }
  // Keyv reads a string that begins with a colon as an escaped one.
  return JSON.stringify(form, (_, part: unknown) =>
    typeof part === 'string' && part.startsWith(':') ? `:${part}` : part,
  )
}

/** Returns a Keyv that reads over `link`, and returns each value with its text, the version. */
export function createKeyv(link: RedisLink, namespace: string): Keyv<Stored> {
  // The part of a client that KeyvRedis needs. With a real one, it would connect it and read replicas and caches.
  const client = {
    isOpen: true,
    connect() {},
    on() {},
    get: (key: string) => link.run((connection, signal) => connection.command(key, ['GET', key], signal)),
  }
  // Without both flags an error looks like an absent value; without `useKeyPrefix: false` keys get the prefix twice.
  const store = new KeyvRedis(client as never, { throwOnErrors: true })
  const keyv = new Keyv<Stored>({ store, namespace, useKeyPrefix: false, throwOnErrors: true })
  const read = keyv.deserialize!
  keyv.deserialize = (text => {
    const form = readValue(() => read<Json>(text))
    // Without `expires`: Redis expires the value. Keyv would use our clock, and delete newer values too.
    return { value: { value: form, version: text } }
  }) as typeof read
  return keyv
}

/** Returns the value of Keyv's format. */
function readValue(read: () => unknown): Json {
  try {
    const form = read()
    if (form instanceof Object && Object.hasOwn(form, 'value'))
      return (form as { readonly value: Json }).value
  } catch {
    // The error would quote the stored value.
  }
  throw new ForeignValueError('the value of this key was not written by Keyv')
}
