import { platform } from '../platform.ts'
import { fromBase64url } from '../util/base64url.ts'

/** Returns the payload of a JWT, unverified: it comes from the token endpoint, and is only compared. */
export function claimsOf(id_token: unknown): Readonly<Record<string, unknown>> {
  if (typeof id_token !== 'string') return {}
  const [, payload = ''] = id_token.split('.')
  try {
    return Object(
      JSON.parse(new platform.TextDecoder().decode(fromBase64url(payload) ?? new Uint8Array())),
    ) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}
