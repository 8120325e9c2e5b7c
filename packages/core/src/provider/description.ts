import { checkType, describeType } from '../util/check-type.ts'
import type { Identify } from './identity.ts'
import {
  checkOrigin,
  type ClientAuthentication,
  endpoint,
  type Grant,
  type Pkce,
  type Provider,
  type Quirks,
  type TokenRejection,
} from './provider.ts'

/** A description of a provider. You can omit members that have the usual value. */
export interface ProviderDescription extends Omit<
  Provider,
  'grants' | 'clientAuthentication' | 'pkce' | 'identity'
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
  authorizationEndpoint: url,
  tokenEndpoint: url,
  deviceAuthorizationEndpoint: url,
  pushedAuthorizationRequestEndpoint: url,
  requirePushedAuthorizationRequests: boolean,
  revocationEndpoint: url,
  revocation: isFunction,
  introspectionEndpoint: url,
  grants: listOf(grant),
  clientAuthentication: oneOfOrFunction('client_secret_basic', 'client_secret_post', 'none'),
  pkce: oneOfOrFunction('S256', 'none'),
  apiOrigins: listOf((value, name) => checkOrigin(name, value)),
  refreshReuse: reuse,
  identity,
  quirks: objectOf<Quirks>({
    tokenResponse: listOf(isFunction),
    errorCodes: everyMember(oneOf('access_denied', 'invalid_grant', 'misconfigured', 'transient')),
    stateUnreliable: listOf(grant),
    anonymous: text,
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
}
