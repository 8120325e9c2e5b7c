// Named deviations from RFC 6749, for `quirks` of a provider. Each returns an unknown value unchanged.
import { own } from '../util/own.ts'
import type { ErrorMeaning, Meaning, RequestQuirk, TokenResponseQuirk } from './provider.ts'
import { decodeForm } from '../wire/form.ts'
import { isObject } from '../wire/json.ts'

/** Returns `value` with its member `name` replaced by the result of `change`, or unchanged if it is not an object. */
function withMember(value: unknown, name: string, change: (member: unknown) => unknown): unknown {
  return isObject(value) ? { ...value, [name]: change(value[name]) } : value
}

/** Treats a member that is `null` as absent. */
export const nullMembers: TokenResponseQuirk = value =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null)) : value

/** Treats a missing `token_type` as `bearer`. */
export const tokenTypeMissing: TokenResponseQuirk = value =>
  withMember(value, 'token_type', type => type ?? 'bearer')

/** Treats each of these `token_type`s as `bearer`. */
export function tokenTypes(...types: readonly string[]): TokenResponseQuirk {
  return value => withMember(value, 'token_type', type => (types.includes(type as string) ? 'bearer' : type))
}

/** Accepts a `scope` that is an array of names. */
export const scopeArray: TokenResponseQuirk = value =>
  withMember(value, 'scope', scope => (Array.isArray(scope) ? scope.join(' ') : scope))

/** Accepts a `scope` whose names are separated by commas. */
export const scopeCommas: TokenResponseQuirk = value =>
  withMember(value, 'scope', scope => (typeof scope === 'string' ? scope.replace(/[,\s]+/g, ' ') : scope))

/** Accepts a form-encoded body, with tokens or with an error. */
export const formEncoded: TokenResponseQuirk = (value, body) =>
  value === undefined && /^\w+=[^\s<]*\s*$/.test(body) ? Object.fromEntries(decodeForm(body.trim())) : value

/** Renames the parameter or member `from` to `to`; its place in the order stays. */
export function renamed(from: string, to: string): <T>(value: T) => T {
  return value =>
    own(value, from) === undefined
      ? value
      : (Object.fromEntries(
          Object.entries(value as object)
            .filter(([name]) => name !== to)
            .map(([name, member]: [string, unknown]) => [name === from ? to : name, member]),
        ) as typeof value)
}

/** Sends the client's `redirect_uri` with a refresh too. */
export const redirectUriOnRefresh: RequestQuirk = (parameters, { grant, redirect_uri }) =>
  grant === 'refresh_token' ? { ...parameters, redirect_uri } : parameters

/** Removes parameters or members. */
export function without(...names: readonly string[]): <T>(value: T) => T {
  return value =>
    isObject(value)
      ? (Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) as typeof value)
      : value
}

/**
 * Reads when a token expires from the member `from`: Unix time in s or in ms, or text in ISO 8601. The lifetime in s is
 * added under the name `to`, unless the response has it.
 */
export function expiresAt(from = 'expires_at', to = 'expires_in'): TokenResponseQuirk {
  return (value, _, { nowMs }) => {
    const at = own(value, from)
    if (at === undefined || own(value, to) !== undefined) return value
    const number = Number(at)
    const atMs = Number.isFinite(number) ? number * (number < 1e11 ? 1000 : 1) : Date.parse(String(at))
    return Number.isFinite(atMs)
      ? { ...(value as object), [to]: Math.max(0, Math.floor((atMs - nowMs) / 1000)) }
      : value
  }
}

/** Returns the entries of `quirks.errors` that give each of these texts or numbers the same meaning. */
export function errorsMeaning(
  means: Meaning,
  ...words: readonly (string | number)[]
): readonly ErrorMeaning[] {
  return words.map(word => ({ word, means }))
}

/** Reads the tokens from the member `name`. Its members override those of the outer object. */
export function tokensIn(name: string): TokenResponseQuirk {
  return value => {
    const inner = own(value, name)
    return isObject(inner) ? { ...(value as object), ...inner } : value
  }
}

/**
 * Finds the provider's errors, texts or numbers, in a response without tokens. A path is the name of a member, or a list
 * of names and indices: `errorAt(['error', 'message'], 'code')`. The first path that leads to an error becomes `error`,
 * the others `error_description`. The number 0 is no error.
 */
export function errorAt(...paths: readonly (string | readonly string[])[]): TokenResponseQuirk {
  return value => {
    const [error, ...others] = paths
      .map(path => [path].flat().reduce(own, value))
      .filter(word => /string|number/.test(typeof word) && word && /\S/.test(String(word)))
    if (error === undefined || own(value, 'access_token') !== undefined) return value
    return { error, error_description: others.join(': ') }
  }
}
