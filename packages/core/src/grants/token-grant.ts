// What obtains tokens without a user and without a refresh token. Only programs that import a grant contain this code.
import { type FailureCode, kindOf } from '../failure.ts'
import { outcomeOf } from '../keeper/outcome.ts'
import type { Renewal } from '../keeper/record.ts'
import type { RenewalResult } from '../keeper/states.ts'
import type { Clock } from '../ports/clock.ts'
import type { ClientAuthentication, Provider } from '../provider/provider.ts'
import { inTime, problemOfValues, SigningError } from '../signing/authenticate.ts'
import { describeType } from '../util/check-type.ts'
import { own } from '../util/own.ts'
import { quote } from '../util/scrub.ts'
import type { ClientCredentials } from '../wire/client-request.ts'
import type { Parameters } from '../wire/form.ts'
import { authenticationOf } from './provider-for.ts'

/** What a grant is called with. */
export interface GrantRequest {
  /** The name of the grant. */
  readonly name: string
  /** The parameters of the sign-in, which the record holds. */
  readonly parameters: Parameters
  /** The client's, with the endpoints that the sign-in's redirect named. */
  readonly provider: Provider
  /** Those of the client. */
  readonly credentials: ClientCredentials
  /** The client's, for the instants of assertions. */
  readonly clock: Clock
  /** The account's current access token, which may have expired; for a server that exchanges it for another one. */
  readonly access_token: string | undefined
}

/** The token request of a grant. */
export interface GrantedRequest {
  /**
   * The parameters, with their `grant_type`. What the sign-in did not pass is treated as a secret, except `grant_type`,
   * `scope`, `resource`, `audience`, and names that end with `_type`.
   */
  readonly parameters: Parameters
  /** Where and how the request is sent, and how its response is read, if not as usual at the client's provider. */
  readonly provider?: Provider | undefined
}

/** What a grant needs of its client. */
export interface GrantContext {
  readonly clock: Clock
  credentials(): ClientCredentials
}

/**
 * A grant, for the option `grants` of a client: the result of `jwtBearer()`, `tokenExchange()`, `githubInstallation()` or
 * `tokenGrant()`.
 */
export interface TokenGrant {
  /** Returns the token request. Its provider adds the secrets. @throws {GrantError} when there is none. */
  prepare(
    context: GrantContext,
    renewal: Renewal,
    provider: Provider,
    access_token?: string,
  ): Promise<{ readonly parameters: Parameters; readonly provider: Provider }>
}

/** A grant failed, so that nothing was sent. */
export class GrantError extends Error {
  readonly renewed?: Pick<Extract<RenewalResult, { type: 'failed' }>, 'outcome' | 'failure'>
}

/** Parameters that are no secrets, whatever their value. */
const PLAIN = /^(grant_type|scope|resource|audience)$|_type$/

/**
 * Returns a grant for the option `grants` of a client. `method` returns the token request, and is called for each of them. It
 * may take 5 s. If it takes longer, throws, rejects or returns something else, nothing is sent, and the error is a
 * `MisconfiguredError` without the text of what it threw. An error of Latchkey keeps its kind and its text: a grant that
 * calls `accessToken()` of another client fails as that does.
 *
 * @throws {TypeError} when `method` is not a function.
 */
export function tokenGrant(
  method: (request: GrantRequest) => GrantedRequest | PromiseLike<GrantedRequest>,
): TokenGrant {
  if (typeof method !== 'function')
    throw new TypeError('tokenGrant() needs a function that returns a request')
  return {
    async prepare(context, { name = '', parameters: stored = {} }, provider, access_token) {
      const { clock } = context
      const credentials = context.credentials()
      try {
        const request = { name, parameters: stored, provider, credentials, clock, access_token }
        const given: unknown = await inTime(clock, () => method(request))
        const problem = problemOf(given)
        if (problem) throw new SigningError(`must return { parameters, provider? }: ${problem}`)
        const { parameters, provider: at = provider } = given as GrantedRequest
        const isPlain = ([name, value]: [string, unknown]): boolean =>
          PLAIN.test(name) || value === own(stored, name)
        const entries = Object.entries(parameters)
        const secrets = Object.fromEntries(entries.filter(entry => !isPlain(entry)))
        return { parameters: Object.fromEntries(entries.filter(isPlain)), provider: signingWith(at, secrets) }
      } catch (error) {
        const { client_secret } = credentials
        throw Object.assign(new GrantError(), {
          renewed: notSent(`the grant '${name}'`, error, client_secret),
        })
      }
    },
  }
}

/** Says what is wrong with the result of a grant. */
function problemOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || !given) return `it is ${describeType(given)}`
  const { parameters, provider, ...others } = given as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `'${unknown}' is neither of them`
  const problem = problemOfValues('parameters', parameters)
  if (problem) return problem
  return provider || typeof own(parameters, 'grant_type') === 'string'
    ? undefined
    : 'parameters have no grant_type'
}

/** Returns `provider`; what authenticates the client adds these parameters, which are secrets. */
function signingWith(provider: Provider, secrets: Parameters): Provider {
  const authenticate = authenticationOf(provider)
  const method: ClientAuthentication = async request => {
    const { parameters, headers } = await authenticate(request)
    return { parameters: { ...parameters, ...secrets }, ...(headers && { headers }) }
  }
  const { received } = authenticate
  return {
    ...provider,
    clientAuthentication: Object.assign(method, received && { received }),
    authenticate: undefined,
  }
}

/** Returns the failure of a grant. */
function notSent(grant: string, error: unknown, client_secret = '' as string | null): GrantError['renewed'] {
  const isSigning = error instanceof SigningError
  const word = String(own(error, 'code'))
  const kind = isSigning ? undefined : word === 'transport' ? 'transient' : kindOf(word)
  const text = String(own(error, 'message'))
  const what = isSigning
    ? text.replace('the client authentication', grant)
    : `${grant} failed${kind ? `: ${quote(text, [client_secret ?? ''])}` : ''}; nothing was sent`
  const retryAtMs = own(error, 'retryAtMs') as number | undefined
  const failure = { message: what, ...(kind && retryAtMs !== undefined && { retryAtMs }) }
  if (!kind || kind === 'misconfigured')
    return { outcome: 'misconfigured', failure: { ...failure, code: 'misconfigured' } }
  if (kind === 'transient') {
    const transient = { ...failure, code: kind }
    return { outcome: outcomeOf(transient), failure: transient }
  }
  // The server of this account rejected nothing: as soon as the grant works again, so does the account.
  return { outcome: 'throttled', failure: { ...failure, code: word as FailureCode } }
}
