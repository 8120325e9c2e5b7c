import { StoreCorruptError, StoreNewerError } from './errors.ts'

/** The newest shape of a record that this code understands. */
const VERSION = 1

/**
 * What is stored under one key. Newer code of the same `v` may have added members, which are not looked at; what
 * older code must not touch has a higher `v`.
 */
export interface Envelope {
  readonly v: typeof VERSION
  /** Random, new with every write. */
  readonly version: string
  /** The value, as JSON text. */
  readonly text: string
  /** Unix time in ms. */
  readonly expiresAtMs?: number
}

/** An envelope of `text`, with a version of its own. */
export function envelope(text: string, expiresAtMs: number | undefined): Envelope {
  // Not randomUUID, which exists on secure origins only.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const version = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return { v: VERSION, version, text, ...(expiresAtMs !== undefined && { expiresAtMs }) }
}

/**
 * The envelope that was `found`; undefined where nothing was, or what has expired by `nowMs`.
 *
 * @throws {StoreNewerError} when it is of a later version
 * @throws {StoreCorruptError} when it is none
 */
export function opened(found: unknown, nowMs: number): Envelope | undefined {
  if (found === undefined || found === null) return undefined
  const { v, version, text, expiresAtMs = Infinity } = found as Partial<Envelope>
  if (typeof v === 'number' && v > VERSION)
    throw new StoreNewerError(
      `the record was written by a newer @latchkey/storage-browser (version ${v} of its shape)`,
    )
  if (v !== VERSION || typeof version !== 'string' || typeof text !== 'string')
    throw new StoreCorruptError('the record is not one of @latchkey/storage-browser')
  return expiresAtMs > nowMs ? (found as Envelope) : undefined
}
