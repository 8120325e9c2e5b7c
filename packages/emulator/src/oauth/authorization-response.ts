import type { Switches } from '../options.ts'
import type { TokenSet } from '../state/tokens.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { tokenFragment } from './token-response.ts'

/** Returns the redirect of the code flow: the state first, even if it is empty (recorded). */
export function codeRedirect({ redirect_uri, state }: AuthorizationRequest, code: string): string {
  return extendUrl(redirect_uri, { state, code })
}

/** Returns the redirect of the token flow: tokens in the fragment, the state in the query (recorded). */
export function tokenRedirect(
  { redirect_uri, state }: AuthorizationRequest,
  tokens: TokenSet,
  switches: Readonly<Switches>,
): string {
  const inQuery = switches.stateIn === 'fragment' ? undefined : state
  const inFragment = switches.stateIn === 'query' ? undefined : state
  return extendUrl(
    redirect_uri,
    { state: inQuery },
    { ...tokenFragment(tokens, switches), state: inFragment },
  )
}

/** Returns an error redirect (RFC 6749 section 4.1.2.1). No denial by Imgur was recorded. */
export function errorRedirect(
  { redirect_uri, response_type, state }: AuthorizationRequest,
  error: 'access_denied' | 'unsupported_response_type',
  switches: Readonly<Switches>,
): string {
  const error_description = switches.errorDescription ? DESCRIPTIONS[error] : undefined
  const members = { error, error_description, state }
  const inFragment = switches.errorIn === 'fragment-for-token' && response_type === 'token'
  return inFragment ? extendUrl(redirect_uri, {}, members) : extendUrl(redirect_uri, members)
}

const DESCRIPTIONS = {
  access_denied: 'The user denied access to your application',
  unsupported_response_type: 'The response type is not supported',
} as const

type Members = Readonly<Record<string, string | undefined>>

/** Appends parameters to a URL as text. The URL class would change URLs with private-use schemes. */
function extendUrl(url: string, query: Members, fragment: Members = {}): string {
  const search = formEncode(query)
  const hash = formEncode(fragment)
  const separator = url.includes('?') ? '&' : '?'
  return `${url}${search && separator + search}${hash && `#${hash}`}`
}

function formEncode(members: Members): string {
  const present = Object.entries(members).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return new URLSearchParams(present).toString()
}
