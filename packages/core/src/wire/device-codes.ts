import { own } from '../util/own.ts'
import { seconds } from './seconds.ts'
import { isToken } from './token-response.ts'

/** The device authorization response (RFC 8628 section 3.2). */
export interface DeviceCodes {
  /** Identifies the device at the token endpoint. A secret: the user never sees it. */
  readonly device_code: string
  /** The code that the user types at `verification_uri`. */
  readonly user_code: string
  /** An https address (http on loopback only), without control characters: safe to show. */
  readonly verification_uri: string
  /** The same address with the code in it, for a QR code. Not every server sends it. */
  readonly verification_uri_complete?: string | undefined
  /** When the codes expire, Unix time in ms. */
  readonly expires_at: number
  /** How long to wait between two requests to the token endpoint, in ms. */
  readonly intervalMs: number
}

/** The default of RFC 8628 section 3.2, in s. */
const INTERVAL_S = 5
/** The lifetime of the codes if the server omits the required `expires_in`, in s. Users type a code in less time. */
const LIFETIME_S = 1800

/** Reads the codes from a response. Returns what is wrong with it if it has none, or `undefined` if it is empty. */
export function readDeviceCodes(value: unknown, nowMs: number): DeviceCodes | string | undefined {
  if (!value) return undefined
  const device_code = own(value, 'device_code')
  const user_code = own(value, 'user_code')
  const verification_uri = own(value, 'verification_uri')
  const complete = own(value, 'verification_uri_complete')
  if (!isToken(device_code)) return 'no usable device_code'
  if (typeof user_code !== 'string' || !/^[\x20-\x7e]{1,100}$/.test(user_code)) return 'no usable user_code'
  if (!isSafeUrl(verification_uri)) return 'no usable verification_uri'
  const lifetime = seconds(own(value, 'expires_in')) ?? LIFETIME_S
  return {
    device_code,
    user_code,
    verification_uri,
    ...(isSafeUrl(complete) && { verification_uri_complete: complete }),
    expires_at: nowMs + lifetime * 1000,
    intervalMs: (seconds(own(value, 'interval')) || INTERVAL_S) * 1000,
  }
}

/** Whether a URL is safe to show to a user: https, or http on loopback, without terminal control characters. */
function isSafeUrl(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^(https:\/\/|http:\/\/(localhost|127(\.\d+){3}|\[::1\])[:/])[\x21-\x7e]+$/i.test(value)
  )
}
