import { own } from '../util/own.ts'
import { withScopes } from '../wire/authorization-url.ts'
import { challengeParameters } from '../wire/challenge.ts'
import type { OwnRequest } from '../sign-in/own-request.ts'

/** The part of a response that is read: that of the Fetch standard, for example. */
export interface StepUpResponse {
  /** Only `www-authenticate` is read. */
  readonly headers: { get(name: string): string | null }
}

/** A scope (RFC 6749 section 3.3), or a list of them. */
const SCOPES = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/
const MAX_LENGTH = 1_024

/**
 * Returns what `byCode` needs if an API demands more than the access token has, and `undefined` for every other response:
 * more scope (`insufficient_scope`, RFC 6750 section 3.1), or a stronger or more recent sign-in
 * (`insufficient_user_authentication`, RFC 9470): `client.Authorize.byCode(stepUpOf(response))`. `scope`, that of the
 * present tokens, is requested as well: a new sign-in replaces them.
 */
export function stepUpOf({ headers }: StepUpResponse, scope?: string): OwnRequest | undefined {
  const parameters = challengeParameters(headers.get('www-authenticate') ?? '').filter(
    ([, value]) => value.length <= MAX_LENGTH,
  )
  const found = Object.fromEntries(parameters.filter(([name]) => name !== 'error'))
  const has = (error: string): boolean =>
    parameters.some(([name, value]) => name === 'error' && value === error)
  const valueOf = (name: string, pattern: RegExp): string | undefined => {
    const value = own(found, name)
    return typeof value === 'string' && pattern.test(value) ? value : undefined
  }
  const demanded = valueOf('scope', SCOPES)
  if (has('insufficient_scope'))
    return demanded === undefined ? undefined : { scope: withScopes(scope, demanded)! }
  if (!has('insufficient_user_authentication')) return undefined
  const acr_values = valueOf('acr_values', SCOPES)
  const max_age = valueOf('max_age', /^\d{1,10}$/)
  const more = withScopes(scope, demanded)
  return {
    ...(more !== null && { scope: more }),
    parameters: {
      ...(acr_values !== undefined && { acr_values }),
      ...(max_age !== undefined && { max_age }),
    },
  }
}
