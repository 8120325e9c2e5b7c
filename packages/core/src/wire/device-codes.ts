import type { Failure } from '../failure.ts'
import { own } from '../own.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'
import { secretsIn } from '../scrub.ts'
import type { ClientRequest } from './client-request.ts'
import { readFailure } from './error-response.ts'
import { decodeForm } from './form.ts'
import { parseJson } from './json.ts'
import { relax } from './token-answer.ts'
import { isToken, seconds } from './token-response.ts'

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

/** The codes that a device is answered with, or why there are none. */
export function readDeviceCodes(
  provider: Provider,
  { body: sent, secrets = [] }: ClientRequest,
  response: HttpResponse,
  nowMs: number,
):
  | { readonly codes: DeviceCodes; readonly failure?: undefined }
  | { readonly failure: Failure; readonly codes?: undefined } {
  const { status, body, truncated } = response
  const value = relax(provider, parseJson(body), body)
  const success = status < 300 && !truncated && value && !own(value, 'error')
  const codes = success ? codesIn(value, nowMs) : undefined
  if (typeof codes === 'object') return { codes }
  const hidden = [...secretsIn(decodeForm(sent)), ...secrets]
  return { failure: readFailure(provider, response, value, nowMs, hidden, codes) }
}

function codesIn(value: unknown, nowMs: number): DeviceCodes | string {
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
