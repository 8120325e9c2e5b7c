import { checkType, describeType } from '../util/check-type.ts'
import type { SplitTokens } from './also-tokens.ts'
import { type Api, placeholdersOf, WILDCARD } from './api.ts'
import type { Identify } from './identity.ts'
import type { RequestFormat } from '../wire/client-request.ts'
import { decodeForm } from '../wire/form.ts'
import { REPEATABLE, RESERVED } from '../wire/own-parameters.ts'
import {
  type About,
  type AlsoTokens,
  checkOrigin,
  type ClientAuthentication,
  endpoint,
  type ErrorMeaning,
  type Grant,
  type Hosts,
  type Offline,
  type Pkce,
  type Provider,
  type Quirks,
  type RefreshTokenFacts,
  type TokenRejection,
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

/** Where an API describes the user of an access token, and the path of what identifies the user there. */
export interface Userinfo {
  readonly userinfo: string
  readonly path: string
}

/** What a description as a whole is called. */
const WHOLE = 'a provider'

/** Throws a `TypeError` that names `value` by `name`, unless it is what it must be. */
type Check = (value: unknown, name: string) => void

/** What each member of `T` must be. */
type Checks<T> = { readonly [member in keyof Required<T>]: Check }

const text: Check = (value, name) => {
  checkType(name, value, 'string')
  if (value === '') throw new TypeError(`${name} must not be empty`)
}

const boolean: Check = (value, name) => checkType(name, value, 'boolean')

const url: Check = (value, name) => {
  checkType(name, value, 'string')
  endpoint(value as string, '', name)
}

const isFunction: Check = (value, name) => {
  if (typeof value !== 'function')
    throw new TypeError(`${name} must be a function, not ${describeType(value)}`)
}

const object = (value: unknown, name: string): object => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new TypeError(`${name} must be an object, not ${describeType(value)}`)
}

const oneOf = (...names: readonly string[]): Check => {
  return (value, name) => {
    if (!names.includes(value as string)) throw new TypeError(`${name} must be one of ${names.join(', ')}`)
  }
}

const oneOfOrFunction = (...names: readonly string[]): Check => {
  return (value, name) => {
    if (typeof value !== 'function' && !names.includes(value as string))
      throw new TypeError(`${name} must be one of ${names.join(', ')}, or a function`)
  }
}

const listOf = (check: Check): Check => {
  return (value, name) => {
    if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, not ${describeType(value)}`)
    value.forEach((one, index) => check(one, `${name}[${index}]`))
  }
}

const everyMember = (check: Check): Check => {
  return (value, name) => {
    for (const [member, one] of Object.entries(object(value, name))) check(one, `${name}.${member}`)
  }
}

/** Members that are not named in `checks` are refused; one that is undefined is as good as absent. */
const objectOf = <T>(checks: Checks<T>): Check => {
  const known: Readonly<Record<string, Check>> = checks
  return (value, name) => {
    for (const [member, one] of Object.entries(object(value, name))) {
      const check = Object.hasOwn(known, member) ? known[member] : undefined
      if (!check)
        throw new TypeError(`'${member}' is no member of ${name}; there are ${Object.keys(known).join(', ')}`)
      if (one !== undefined) check(one, name === WHOLE ? member : `${name}.${member}`)
    }
  }
}

const number: Check = (value, name) => checkType(name, value, 'number')

const seconds: Check = (value, name) => {
  if (!(Number.isSafeInteger(value) && (value as number) > 0))
    throw new TypeError(`${name} must be a whole number of seconds above 0`)
}

const parameter: Check = (value, name) => {
  if (value === null) return
  if (Array.isArray(value) && REPEATABLE.test(name.replace(/.*\./s, ''))) listOf(text)(value, name)
  else checkType(name, value, 'string')
}

/** Parameters that every request has by itself. */
const constants: Check = (value, name) => {
  everyMember(parameter)(value, name)
  const reserved = Object.keys(value as object).find(one => RESERVED.test(one))
  if (reserved !== undefined)
    throw new TypeError(`${name} must not have '${reserved}': every request has its own`)
}

const matching = (pattern: RegExp, what: string): Check => {
  return (value, name) => {
    checkType(name, value, 'string')
    if (!pattern.test(value as string)) throw new TypeError(`${name} must be ${what}`)
  }
}

const origin: Check = (value, name) => checkOrigin(name, value)

/** `https://*.example.com` has a domain of two labels at least, and no other wildcard. */
const apiOrigin: Check = (value, name) => {
  checkType(name, value, 'string')
  const [, domain] = (value as string).split(WILDCARD)
  if (domain === undefined || !(value as string).startsWith(WILDCARD)) return origin(value, name)
  if (!domain.includes('.'))
    throw new TypeError(`${name} must name a domain below ${domain || 'the wildcard'}`)
  origin(`https://${domain}`, name)
}

const origins: Check = (value, name) => {
  if (typeof value === 'function') return
  listOf(apiOrigin)(value, name)
  if ((value as readonly unknown[]).length === 0) throw new TypeError(`${name} must not be empty`)
}

/** A pattern without an end would match `https://api.example.com.attacker.example`. */
const originPattern: Check = (value, name) => {
  if (!(value instanceof RegExp) || value.flags !== '' || !/^\^https:\\\/\\\/.+\$$/s.test(value.source))
    throw new TypeError(`${name} must be a regular expression without flags, from ^https:\\/\\/ to $`)
}

const header: Check = (value, name) => {
  matching(/^[\x20-\x7e]+$/, 'the value of a header')(value, name)
  const unknown = placeholdersOf(value as string).find(
    one => !['access_token', 'client_id', 'mashape_key'].includes(one),
  )
  if (unknown !== undefined) throw new TypeError(`${name} has the unknown placeholder {${unknown}}`)
}

const headers: Check = (value, name) => {
  everyMember(header)(value, name)
  for (const one of Object.keys(value as object))
    if (!/^[\w-]+$/.test(one) || /^(authorization|cookie|host)$/i.test(one))
      throw new TypeError(`${name} must not have '${one}'`)
}

const api: Check = (value, name) => {
  objectOf<Api>({
    origins,
    originPattern,
    headers,
    scheme: (given, member) => given === null || matching(/^[\w-]+$/, 'a scheme, or null')(given, member),
    anonymous: header,
  })(value, name)
  const { origins: given, originPattern: pattern } = value as Api
  if (given === undefined) throw new TypeError(`${name} needs origins`)
  if ((typeof given === 'function') !== (pattern !== undefined))
    throw new TypeError(`${name}.originPattern belongs to origins that are a function`)
}

const hosts: Check = (value, name) => {
  objectOf<Hosts>({ from: objectOf<Hosts['from']>({ redirect: text }), allowed: listOf(origin) })(value, name)
  const { from, allowed } = value as Partial<Hosts>
  if (from?.redirect === undefined || !allowed?.length)
    throw new TypeError(`${name} needs from.redirect and allowed`)
}

const alsoTokens: Check = (value, name) => {
  if (typeof value === 'function') return
  objectOf<AlsoTokens>({ path: text, suffix: text })(value, name)
  const { path, suffix } = value as Partial<AlsoTokens>
  if (path === undefined || suffix === undefined) throw new TypeError(`${name} needs path and suffix`)
}

const meaning: Check = (value, name) => {
  objectOf<ErrorMeaning>({
    at: oneOf('redirect', 'token', 'device'),
    status: number,
    word: (given, member) => typeof given === 'number' || text(given, member),
    prefix: text,
    means: oneOf('reauth', 'declined', 'misconfigured', 'transient', 'pending'),
  })(value, name)
  const { means, status, word, prefix } = value as ErrorMeaning
  if (means === undefined) throw new TypeError(`${name} needs means`)
  if (status === undefined && word === undefined && prefix === undefined)
    throw new TypeError(`${name} needs status, word or prefix`)
}

/** The address of a page, which may have a fragment. */
const page: Check = (value, name) => {
  checkType(name, value, 'string')
  url((value as string).replace(/#.*/s, ''), name)
}

const about = objectOf<About>({
  name: text,
  docs: page,
  register: page,
  checked: matching(/^\d{4}-\d\d-\d\d$/, 'a date as YYYY-MM-DD'),
})

const reuse: Check = (value, name) =>
  typeof value === 'string'
    ? oneOf('none', 'strict', 'single', 'unknown')(value, name)
    : objectOf<{ graceMs: number }>({ graceMs: number })(value, name)

const grant = oneOf(
  'authorization_code',
  'client_credentials',
  'device_code',
  'implicit',
  'pin',
  'refresh_token',
)

const identity: Check = (value, name) => {
  if (typeof value === 'function') return
  if (typeof value === 'object') return objectOf<Userinfo>({ userinfo: url, path: text })(value, name)
  text(value, name)
  if (/^id_token\.(?!sub$)/.test(value as string))
    throw new TypeError(`${name} of an id_token must be id_token.sub`)
}

const rejection: Check = (value, name) => {
  objectOf<TokenRejection>({ status: number, bodyIncludes: text, remaining: everyMember(number) })(
    value,
    name,
  )
  if ((value as TokenRejection).status === undefined) throw new TypeError(`${name} needs status`)
}

const DESCRIPTION: Checks<ProviderDescription> = {
  name: text,
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
export function checkDescription(description: ProviderDescription): void {
  objectOf<ProviderDescription>(DESCRIPTION)(description, WHOLE)
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
