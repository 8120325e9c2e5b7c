import type { Provider } from '../provider/provider.ts'
import { describeType } from '../util/check-type.ts'
import type { Parameters } from './form.ts'
import { pipe } from './pipe.ts'

/** Parameters that Latchkey sets by itself: another value would replace a secret, or one that protects the flow. */
export const RESERVED: RegExp =
  /^(client_(id|secret|assertion.*)|redirect_uri|response_type|state|code|code_verifier|code_challenge.*|grant_type|refresh_token|device_code|request|request_uri|dpop_jkt)$/

/** The parameters that may repeat (RFC 8707 section 2, RFC 8693 section 2.1). */
export const REPEATABLE: RegExp = /^(resource|audience)$/

/** Parameters of an authorization request that a provider may rename. */
const RENAMED = 'client_id redirect_uri response_type state code_challenge code_challenge_method'.split(' ')

/**
 * Checks the parameters that a program adds to one request.
 *
 * @throws {TypeError} for one that Latchkey sets by itself, under the RFC's name or the provider's.
 */
export function checkOwnParameters({ quirks }: Provider, parameters: Parameters): void {
  const set = Object.fromEntries(RENAMED.map(name => [name, name]))
  const renamed = pipe(quirks?.authorizationRequest, set, { to: 'authorization' })
  for (const [name, value] of Object.entries(parameters)) {
    if (RESERVED.test(name) || Object.hasOwn(renamed, name))
      throw new TypeError(`parameters must not have '${name}': Latchkey sets it`)
    const values = REPEATABLE.test(name) ? [value].flat() : [value]
    const wrong = values.find(one => one != null && typeof one !== 'string')
    if (wrong !== undefined)
      throw new TypeError(`parameters.${name} must be a string, not ${describeType(wrong)}`)
  }
}
