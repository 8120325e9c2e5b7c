import { sameText } from '../util/constant-time.ts'
import type { Failure } from '../failure.ts'
import type { Provider } from '../provider/provider.ts'
import { quote, secretsIn } from '../util/scrub.ts'
import { failureCodeOf, providerMessage, errorWords } from '../wire/error-response.ts'
import { parseRedirect, pathOf, REDIRECT } from '../wire/redirect.ts'

/** What a flow expects of the redirect that ends it. */
export interface Expected {
  /** The parameter that carries the result: `code`, `pin` or `access_token`. */
  readonly result: 'code' | 'pin' | 'access_token'
  readonly state: string
  /** Whether a redirect without any `state` is let pass. */
  readonly stateOptional?: boolean
  /** Where the redirect was asked to go to. */
  readonly redirect_uri?: string | null | undefined
}

/** A redirect that is in order, or why it is refused. */
export type CheckedRedirect =
  | {
      readonly result: string
      readonly parameters: Readonly<Record<string, string>>
      readonly failure?: undefined
    }
  | Rejected

/** Why a redirect or an input is refused. */
export interface Rejected {
  readonly failure: Failure
  readonly result?: undefined
  readonly parameters?: undefined
}

/**
 * Checks a redirect: readable, of this flow (RFC 6749 section 10.12), of this server (RFC 9207 section 2.4),
 * without an error, with a result. The state comes first and the issuer second, because what the redirect of
 * another flow or another server says is nothing to this one. Where no issuer tells the servers apart, a
 * redirect URI of each one's own does (RFC 9700 section 4.4.2.2). Of it the path counts: behind a proxy an
 * application does not know its origin.
 */
export function checkRedirect(
  { name, quirks, issuer, issParameter }: Provider,
  input: string,
  expected: Expected,
): CheckedRedirect {
  const parameters = parseRedirect(input)
  if (typeof parameters === 'string') return reject('redirect_invalid', `the redirect carries ${parameters}`)

  const { state, iss } = parameters
  if (state === undefined ? !expected.stateOptional : !sameText(state, expected.state))
    return mismatch('state', state)
  if (issuer && (iss ?? (issParameter || issuer)) !== issuer) return mismatch('issuer', iss)
  const returnedPath = pathOf(input)
  const redirect_uri = expected.redirect_uri
  if (redirect_uri && returnedPath && !(issuer && iss) && returnedPath !== (pathOf(redirect_uri) || '/'))
    return reject(
      'redirect_invalid',
      `the redirect came to ${quote(returnedPath, [])}, not to the redirect_uri`,
    )
  const { error, error_description } = parameters
  const words = error === undefined ? [] : errorWords({ error, error_description })
  if (words.length)
    return reject(
      failureCodeOf(words, 'redirect', quirks) ?? 'unrecognized',
      providerMessage(name, words, secretsIn(Object.entries(parameters))),
    )
  const result = parameters[expected.result]
  if (!result) return reject('redirect_invalid', `the redirect carries no ${expected.result}`)
  return { result, parameters }
}

/** What a person brought: the bare code or PIN, which carries no state and is taken as typed, or a redirect. */
export function readInput(
  provider: Provider,
  input: string,
  expected: Expected,
): { readonly result: string; readonly failure?: undefined } | Rejected {
  const text = input.trim()
  if (REDIRECT.test(text)) return checkRedirect(provider, text, expected)
  // RFC 6749 appendix A.11: a code is made of visible characters and spaces.
  if (/^[\x20-\x7e]{1,4096}$/.test(text)) return { result: text }
  return reject('redirect_invalid', `what was typed is ${text ? `no ${expected.result}` : 'empty'}`)
}

function mismatch(what: 'state' | 'issuer', value: string | undefined): Rejected {
  return reject(`${what}_mismatch`, `the redirect carries ${value === undefined ? 'no' : 'another'} ${what}`)
}

function reject(code: Failure['code'], message: string): Rejected {
  return { failure: { code, message } }
}
