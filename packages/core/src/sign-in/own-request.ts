import type { Provider } from '../provider/provider.ts'
import { checkOptionNames, checkText, checkType, describeType } from '../util/check-type.ts'
import type { Parameters } from '../wire/form.ts'
import { checkOwnParameters } from '../wire/own-parameters.ts'
import { joined } from '../client/options.ts'

/** What one authorization request has of its own. */
export interface OwnRequest {
  /** Sent unchanged. Default: random. */
  readonly state?: string | undefined
  /** The scopes of this request, in place of the client's. */
  readonly scope?: string | readonly string[] | undefined
  /** More parameters, such as `login_hint`, `prompt` or `nonce`; only `resource` and `audience` may be arrays. */
  readonly parameters?: Parameters | undefined
}

/**
 * Checks what one request has of its own; a string is its state.
 *
 * @throws {TypeError} that names what is unknown, of the wrong type, or set by Latchkey.
 */
export function readOwnRequest(
  provider: Provider,
  given: string | OwnRequest = {},
): {
  readonly state?: string | undefined
  readonly scope?: string | undefined
  readonly parameters?: Parameters
} {
  const own = typeof given === 'string' ? { state: given } : given
  checkOptionNames('an authorization request', own, ['state', 'scope', 'parameters'])
  const { state, parameters } = own
  const scope = joined(own.scope) ?? undefined
  for (const [name, value] of Object.entries({ state, scope }))
    if (value !== undefined) checkType(name, value, 'string')
  checkText('scope', scope)
  if (parameters === undefined) return { state, scope }
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    throw new TypeError(`parameters must be an object, not ${describeType(parameters)}`)
  checkOwnParameters(provider, parameters)
  return { state, scope, parameters }
}
