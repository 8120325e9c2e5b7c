import { StoreCorruptError } from '@latchkey/core'
import { StoreNewerError } from './errors.ts'

/** The newest record format that this code understands. */
const VERSION = 1

/**
 * The stored form of one value. Newer code with the same `v` may add members, which are ignored. Records that older code
 * must not change have a higher `v`.
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

/** Returns an envelope of `text` with a new version. */
export function createEnvelope(text: string, expiresAtMs: number | undefined): Envelope {
  // Not randomUUID, which exists only on secure origins.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const version = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return { v: VERSION, version, text, ...(expiresAtMs !== undefined && { expiresAtMs }) }
}

/**
 * Returns `found` as an envelope; `undefined` if it is absent or has expired at `nowMs`.
 *
 * @throws {StoreNewerError} when its format is newer
 * @throws {StoreCorruptError} when it is not an envelope
 */
export function parseEnvelope(found: unknown, nowMs: number): Envelope | undefined {
  if (found === undefined || found === null) return undefined
  const { v, version, text, expiresAtMs = Infinity } = found as Partial<Envelope>
  if (typeof v === 'number' && v > VERSION)
    throw new StoreNewerError(`the record has format ${v}, which needs a newer @latchkey/storage-browser`)
  if (v !== VERSION || typeof version !== 'string' || typeof text !== 'string')
    throw new StoreCorruptError('@latchkey/storage-browser did not write the record')
  return expiresAtMs > nowMs ? (found as Envelope) : undefined
}
