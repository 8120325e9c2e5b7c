import { randomBytes } from 'node:crypto'
import KeyvRedis from '@keyv/redis'
import type { Json, Stored } from '@latchkey/core/ports'
import Keyv from 'keyv'
import type { Link } from './link.ts'

/** Stored under one of our keys, and not written by a store like this one. */
export class ForeignValue extends Error {}

/**
 * What is written for `value`: Keyv's form, with a mark of its own that no other write has. By it equal texts are
 * one write: a swap that is sent again finds its effect, and a version never comes back.
 */
export function textOf(value: Json, expiresAtMs: number): string {
  const expires = Number.isFinite(expiresAtMs) ? { expires: expiresAtMs } : {}
  const form = { value, ...expires, write: randomBytes(12).toString('base64url') }
  // Keyv reads a string that begins with a colon as an escaped one.
  return JSON.stringify(form, (_, part: unknown) =>
    typeof part === 'string' && part.startsWith(':') ? `:${part}` : part,
  )
}

/** A Keyv over the link, which reads a value together with its text, the version. */
export function keyvOver(link: Link, namespace: string): Keyv<Stored> {
  // All that KeyvRedis asks of a client: it would connect one, listen on it, and read replicas and caches.
  const client = {
    isOpen: true,
    connect() {},
    on() {},
    get: (key: string) => link.run((connection, signal) => connection.command(key, ['GET', key], signal)),
  }
  // Without both flags an error reads as an absent value; without `useKeyPrefix: false` keys get the prefix twice.
  const store = new KeyvRedis(client as never, { throwOnErrors: true })
  const keyv = new Keyv<Stored>({ store, namespace, useKeyPrefix: false, throwOnErrors: true })
  const read = keyv.deserialize!
  keyv.deserialize = (text => {
    const form = parsed(() => read<Json>(text))
    // Without `expires`: Redis forgets in time, and Keyv would delete by our clock, newer values too.
    return { value: { value: form, version: text } }
  }) as typeof read
  return keyv
}

/** The value in what Keyv wrote. */
function parsed(read: () => unknown): Json {
  try {
    const form = read()
    if (form instanceof Object && Object.hasOwn(form, 'value'))
      return (form as { readonly value: Json }).value
  } catch {
    // It would quote what is stored.
  }
  throw new ForeignValue('what is stored under this key was not written by Keyv')
}
