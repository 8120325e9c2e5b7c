import { sameText } from '../util/constant-time.ts'
import type { Failure } from '../failure.ts'
import type { Provider, RedirectParameters } from '../provider/provider.ts'
import type { ClientCredentials } from '../wire/client-request.ts'
import { quote, scrub, secretsIn } from '../util/scrub.ts'
import { failureCodeOf, providerMessage, errorWords } from '../wire/error-response.ts'
import { pipe } from '../wire/pipe.ts'
import { parseRedirect, pathOf, readPasted, REDIRECT } from '../wire/redirect.ts'

/** What a flow expects of its redirect. */
export interface Expected {
  /** The parameter that carries the result: `code`, `pin` or `access_token`. */
  readonly result: 'code' | 'pin' | 'access_token'
  readonly state: string
  /** Whether to accept a redirect without a `state`. */
  readonly stateOptional?: boolean
  /** The redirect URI of the authorization request. */
  readonly redirect_uri?: string | null | undefined
  /** No other provider has this redirect URI, so its path identifies the server. */
  readonly redirectUriIsOwn?: boolean | undefined
  /** For a server that signs its redirects. */
  readonly credentials?: ClientCredentials | undefined
}

/** The result of a valid redirect, or why it is rejected. */
export type CheckedRedirect =
  | {
      readonly result: string
      readonly parameters: RedirectParameters
      /** The provider, or its server that the redirect names. */
      readonly server: Provider
      readonly failure?: undefined
    }
  | Rejected

/** Why a redirect or an input is rejected. */
export interface Rejected {
  readonly failure: Failure
  readonly result?: undefined
  readonly parameters?: undefined
  readonly server?: undefined
}

/** Returns the parameters of a redirect under the names of the RFCs, or what is wrong with it. */
export function readRedirect({ quirks }: Provider, input: string): RedirectParameters | string {
  const parameters = parseRedirect(input)
  return typeof parameters === 'string' ? parameters : pipe(quirks?.authorizationResponse, parameters)
}

/**
 * Checks that a redirect is readable, belongs to this flow (RFC 6749 section 10.12), comes from this server (RFC 9207
 * section 2.4), has no error and has a result. It checks state and issuer first, because an error in the redirect of
 * another flow or server does not concern this flow. If there is no issuer to check, a separate redirect URI identifies
 * the server (RFC 9700 section 4.4.2.2). Only its path counts: behind a proxy an application may not know its origin.
 */
export function checkRedirect(provider: Provider, input: string, expected: Expected): CheckedRedirect {
  const { name, issuer, issParameter, verifyRedirect } = provider
  const parameters = readRedirect(provider, input)
  if (typeof parameters === 'string') return reject('redirect_invalid', `the redirect carries ${parameters}`)

  const { state, iss } = parameters
  if (state === undefined && !expected.stateOptional) return { failure: missingState(parameters) }
  if (state !== undefined && !sameText(state, expected.state)) return mismatch('state', state)
  if (issuer && (iss ?? (issParameter || issuer)) !== issuer) return mismatch('issuer', iss)
  const path = pathOf(input)
  const { redirect_uri } = expected
  // A redirect_uri that is no http URL may be a name that the server gave to one.
  const isPathCompared = !(issuer && iss) && path !== undefined && /^https?:/i.test(redirect_uri ?? '')
  if (isPathCompared && path !== pathOf(redirect_uri as string))
    return reject(
      'redirect_invalid',
      `the redirect came to ${quote(path, []) || '/'}, not to the path of the redirect_uri` +
        ': if a proxy changes the path, pass { ignorePath: true } to complete()',
    )
  if (iss !== undefined && !issuer && !(isPathCompared && expected.redirectUriIsOwn))
    return reject(
      'issuer_mismatch',
      `the redirect comes from the issuer ${quote(iss, [])}, and the provider '${name}' has none to compare it with: ` +
        'if it is this server, describe the provider with this issuer',
    )
  if (verifyRedirect && expected.credentials && !verifyRedirect(parameters, expected.credentials))
    return reject('redirect_invalid', `the redirect carries no valid signature of ${name}`)
  const failure = readError(provider, parameters)
  if (failure) return { failure }
  const result = parameters[expected.result]
  if (!result) return reject('redirect_invalid', `the redirect carries no ${expected.result}`)
  const server = provider.at ? provider.at(provider, parameters) : provider
  if (!server) return reject('redirect_invalid', `the redirect names a server that is not one of ${name}`)
  return { result, parameters, server }
}

/** Returns why a redirect without a state is rejected. It may come from anybody, but the user should read its error. */
export function missingState(parameters: RedirectParameters): Failure {
  const error = readError({ name: 'somebody' }, parameters)
  const says = error ? `, so its error does not count; ${error.message}` : ''
  return { ...error, code: 'state_mismatch', message: `the redirect carries no state${says}` }
}

/** Matches an `error_uri` that a page may link to: `javascript:` would be an attack (RFC 6749 section 4.1.2.1). */
const LINK = /^https?:\/\/[!#-[\]-~]{1,2000}$/i

/** Returns the failure that the error of a redirect stands for, if it has one. */
function readError(
  { name, quirks }: Pick<Provider, 'name' | 'quirks'>,
  parameters: RedirectParameters,
): Failure | undefined {
  const { error, error_description, error_uri = '' } = parameters
  const words = errorWords({ error, error_description })
  if (!words.length) return undefined
  const secrets = secretsIn(Object.entries(parameters))
  return {
    code: failureCodeOf(words, 'redirect', quirks) ?? 'unrecognized',
    message: providerMessage(name, words, secrets),
    ...(LINK.test(error_uri) && { error_uri: scrub(error_uri, secrets) }),
  }
}

/** Reads the user's input: a redirect, which it checks, or a bare code or PIN, which has no state to check. */
export function readInput(
  provider: Provider,
  input: string,
  expected: Expected,
): { readonly result: string; readonly server: Provider; readonly failure?: undefined } | Rejected {
  const text = readPasted(input)
  if (REDIRECT.test(text)) return checkRedirect(provider, text, expected)
  // RFC 6749 appendix A.11: a code consists of visible characters and spaces.
  if (/^[\x20-\x7e]{1,4096}$/.test(text)) return { result: text, server: provider }
  return reject('redirect_invalid', `the input is ${text ? `not a valid ${expected.result}` : 'empty'}`)
}

function mismatch(name: 'state' | 'issuer', value: string | undefined): Rejected {
  return reject(`${name}_mismatch`, `the redirect carries ${value === undefined ? 'no' : 'another'} ${name}`)
}

function reject(code: Failure['code'], message: string): Rejected {
  return { failure: { code, message } }
}
