import {
  type Checks,
  WHOLE,
  text,
  boolean,
  url,
  isFunction,
  oneOfOrFunction,
  listOf,
  objectOf,
  seconds,
  matching,
} from './checks.ts'
import {
  constants,
  api,
  hosts,
  alsoTokens,
  meaning,
  about,
  reuse,
  grant,
  identity,
  rejection,
} from './member-checks.ts'
import type { Identify, Userinfo } from './identity.ts'
import type { RequestFormat } from '../wire/client-request.ts'
import { decodeForm } from '../wire/form.ts'
import { RESERVED } from '../wire/own-parameters.ts'
import type {
  AlsoTokens,
  ClientAuthentication,
  Grant,
  Offline,
  Pkce,
  Provider,
  Quirks,
  RefreshTokenFacts,
  SplitTokens,
} from './provider.ts'

/** A description of a provider. You can omit members that have the usual value. */
export interface ProviderDescription extends Omit<
  Provider,
  'grants' | 'clientAuthentication' | 'pkce' | 'identity' | 'alsoTokens' | 'tokenRequestFormat'
> {
  /** Default: `refresh_token`, `client_credentials`, and the grants whose endpoint is given. */
  readonly grants?: readonly Grant[] | undefined
  /** Default: `client_secret_basic`, which every server that issues secrets must support (RFC 6749 section 2.3.1). */
  readonly clientAuthentication?:
    'client_secret_basic' | 'client_secret_post' | 'none' | ClientAuthentication | undefined
  /** Default: `S256`. Use `none` for a server that fails with PKCE. */
  readonly pkce?: 'S256' | 'none' | Pkce | undefined
  /**
   * What identifies the user: the path of a member of the token response, such as `account_id`; `id_token.sub` (OpenID
   * Connect, needs `issuer`); the path of a member of the JSON at the URL `userinfo`; or a function. Use a value that never
   * passes to another user, so no email address.
   */
  readonly identity?: string | Userinfo | Identify | undefined
  /** How the client sends its parameters: in the body, or with GET in the query. Default `form`. */
  readonly tokenRequestFormat?: 'form' | 'json' | 'query' | RequestFormat | undefined
  /** Where a token response has a second set of tokens, and how its account is called; or a function. */
  readonly alsoTokens?: AlsoTokens | SplitTokens | undefined
}

const DESCRIPTION: Checks<ProviderDescription> = {
  name: matching(/^[^\p{Cc}\p{Cs}]+$/u, 'text that is not empty, without control characters'),
  issuer: url,
  issParameter: boolean,
  about,
  authorizationEndpoint: url,
  authorizationParameters: constants,
  authorizationFragment: matching(/^[\w.~!$&'()*+,;=:@/?-]+$/, 'a fragment, without #'),
  tokenEndpoint: url,
  refreshEndpoint: url,
  tokenParameters: constants,
  refreshParameters: constants,
  tokenRequestFormat: oneOfOrFunction('form', 'json', 'query'),
  deviceAuthorizationEndpoint: url,
  pushedAuthorizationRequestEndpoint: url,
  requirePushedAuthorizationRequests: boolean,
  revocationEndpoint: url,
  revocation: isFunction,
  introspectionEndpoint: url,
  endSessionEndpoint: url,
  allowInsecure: boolean,
  registrationEndpoint: url,
  userinfoEndpoint: url,
  scopesSupported: listOf(text),
  dpopSigningAlgValuesSupported: listOf(text),
  tlsClientCertificateBoundAccessTokens: boolean,
  clientIdMetadataDocumentSupported: boolean,
  hosts,
  at: isFunction,
  verifyRedirect: isFunction,
  scopeSeparator: text,
  offline: objectOf<Offline>({ scope: text, parameters: constants }),
  defaultExpiresIn: seconds,
  refreshToken: objectOf<RefreshTokenFacts>({
    expiresIn: seconds,
    sliding: boolean,
    reuse,
    endsAccessToken: boolean,
  }),
  alsoTokens,
  grants: listOf(grant),
  clientAuthentication: oneOfOrFunction('client_secret_basic', 'client_secret_post', 'none'),
  authenticate: isFunction,
  pkce: oneOfOrFunction('S256', 'none'),
  api,
  identity,
  quirks: objectOf<Quirks>({
    authorizationRequest: listOf(isFunction),
    authorizationResponse: listOf(isFunction),
    tokenRequest: listOf(isFunction),
    tokenResponse: listOf(isFunction),
    errors: listOf(meaning),
    stateUnreliable: listOf(grant),
    tokenRejected: listOf(rejection),
  }),
}

/** Matches the members that `allowInsecure` permits http for. Users are never sent to http. */
const INSECURE = /^(issuer|(?!authorization).*Endpoint)$/

/** Returns a description whose http addresses are https, to be checked. */
function securely(description: ProviderDescription): ProviderDescription {
  const members = Object.entries(description).map(([member, value]) => [
    member,
    INSECURE.test(member) && typeof value === 'string'
      ? value.replace(/^http:/i, 'https:')
      : (value as unknown),
  ])
  return Object.fromEntries(members) as ProviderDescription
}

/** The endpoint that a grant cannot do without; the token endpoint is always there. */
const NEEDS: { readonly [grant in Grant]?: keyof ProviderDescription } = {
  authorization_code: 'authorizationEndpoint',
  device_code: 'deviceAuthorizationEndpoint',
  implicit: 'authorizationEndpoint',
  pin: 'authorizationEndpoint',
}

/**
 * Whether a description is one.
 *
 * @throws {TypeError} that names the member which is unknown, missing or not what it must be.
 */
export function checkDescription(given: ProviderDescription): void {
  const description = given.allowInsecure ? securely(given) : given
  objectOf<ProviderDescription>(DESCRIPTION)(description, WHOLE)
  if (given.allowInsecure && given.identity === 'id_token.sub')
    throw new TypeError(
      'identity must not be id_token.sub with allowInsecure: over http anybody can forge one',
    )
  const { grants = [] } = description
  const needed = [
    'name',
    'tokenEndpoint',
    ...grants.flatMap(one => NEEDS[one] ?? []),
    ...(description.issParameter || description.identity === 'id_token.sub' ? ['issuer'] : []),
    ...(description.requirePushedAuthorizationRequests ? ['pushedAuthorizationRequestEndpoint'] : []),
  ] as const
  for (const member of needed)
    if (description[member as keyof ProviderDescription] === undefined)
      throw new TypeError(`a provider needs ${member}`)
  const { issuer = '', authorizationEndpoint = '' } = description
  if (/^https:/i.test(issuer))
    for (const [member, value] of Object.entries(description))
      if (member.endsWith('Endpoint') && /^http:/i.test(value as string))
        throw new TypeError(`${member} must be https, as the issuer is`)
  const [, query = ''] = /\?(.*)/s.exec(authorizationEndpoint) ?? []
  const repeated = decodeForm(query).find(([name]) => RESERVED.test(name) || name === 'scope')
  if (repeated)
    throw new TypeError(
      `authorizationEndpoint must not have '${repeated[0]}' in its query: every request has its own`,
    )
}
