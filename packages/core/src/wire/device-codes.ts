import { own } from '../util/own.ts'
import { seconds } from './seconds.ts'
import { isToken } from './token-response.ts'

/** The codes of a device (RFC 8628 section 3.2). */
export interface DeviceCodes {
  readonly device_code: string
  /** What the person types at `verification_uri`. */
  readonly user_code: string
  readonly verification_uri: string
  /** The same with the code in it, for a QR code; where the server has one. */
  readonly verification_uri_complete?: string | undefined
  /** Unix time in ms after which the codes are worth nothing. */
  readonly expires_at: number
  /** How long to wait before the token endpoint is asked again, in ms. */
  readonly intervalMs: number
}

/** RFC 8628 section 3.2: 5 s where the server does not say. */
const INTERVAL_S = 5
/** For a server that does not say, though it must: longer than anybody takes to type a code, in s. */
const LIFETIME_S = 1800

/** The codes that a device is answered with, or what there is instead. */
export function readDeviceCodes(value: unknown, nowMs: number): DeviceCodes | string | undefined {
  if (!value) return undefined
  const device_code = own(value, 'device_code')
  const user_code = own(value, 'user_code')
  const verification_uri = own(value, 'verification_uri')
  const complete = own(value, 'verification_uri_complete')
  if (!isToken(device_code)) return 'no usable device_code'
  if (typeof user_code !== 'string' || !/^[\x20-\x7e]{1,100}$/.test(user_code)) return 'no usable user_code'
  if (!isPage(verification_uri)) return 'no usable verification_uri'
  const lifetime = seconds(own(value, 'expires_in')) ?? LIFETIME_S
  return {
    device_code,
    user_code,
    verification_uri,
    ...(isPage(complete) && { verification_uri_complete: complete }),
    expires_at: nowMs + lifetime * 1000,
    intervalMs: (seconds(own(value, 'interval')) || INTERVAL_S) * 1000,
  }
}

/** An address to show to a person: https, or http on loopback, and nothing that a terminal would obey. */
function isPage(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^(https:\/\/|http:\/\/(localhost|127(\.\d+){3}|\[::1\])[:/])[\x21-\x7e]+$/i.test(value)
  )
}
