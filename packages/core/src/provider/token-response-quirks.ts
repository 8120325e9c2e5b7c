// Named relaxations of the answers of a token endpoint, for `quirks.answer` of a provider. Each returns what it
// does not know as it came.
import { own } from '../util/own.ts'
import type { TokenResponseQuirk } from './provider.ts'
import { decodeForm } from '../wire/form.ts'
import { isObject } from '../wire/json.ts'

/** `value` with its member `name` replaced by what `change` makes of it; what is no object has none. */
function withMember(value: unknown, name: string, change: (member: unknown) => unknown): unknown {
  return isObject(value) ? { ...value, [name]: change(value[name]) } : value
}

/** A member that is `null` counts as absent. */
export const nullMembers: TokenResponseQuirk = value =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null)) : value

/** An answer without a `token_type` has bearer tokens. */
export const tokenTypeMissing: TokenResponseQuirk = value =>
  withMember(value, 'token_type', type => type ?? 'bearer')

/** Each of these is another `token_type` of bearer tokens. */
export function tokenTypes(...types: readonly string[]): TokenResponseQuirk {
  return value => withMember(value, 'token_type', type => (types.includes(type as string) ? 'bearer' : type))
}

/** The `scope` is an array of names. */
export const scopeArray: TokenResponseQuirk = value =>
  withMember(value, 'scope', scope => (Array.isArray(scope) ? scope.join(' ') : scope))

/** The names in a `scope` are separated by commas. */
export const scopeCommas: TokenResponseQuirk = value =>
  withMember(value, 'scope', scope => (typeof scope === 'string' ? scope.replace(/[,\s]+/g, ' ') : scope))

/** A body may be form-encoded, be it tokens or an error. */
export const formEncoded: TokenResponseQuirk = (value, body) =>
  value === undefined && /^\w+=[^\s<]*\s*$/.test(body) ? Object.fromEntries(decodeForm(body.trim())) : value

/** What should be called `to` is called `from`. */
export function renamed(from: string, to: string): TokenResponseQuirk {
  return value => {
    const member = own(value, from)
    return member === undefined ? value : { ...(value as object), [to]: member }
  }
}

/** The tokens stand in the member `name`, and what stands there goes before what is beside it. */
export function tokensIn(name: string): TokenResponseQuirk {
  return value => {
    const inner = own(value, name)
    return isObject(inner) ? { ...(value as object), ...inner } : value
  }
}

/**
 * Where the provider's own words stand in an answer without tokens, as paths of member names and indices: the
 * first that leads to a text becomes `error`, the others `error_description`.
 */
export function errorAt(...paths: readonly (readonly string[])[]): TokenResponseQuirk {
  return value => {
    const [error, ...others] = paths
      .map(path => path.reduce(own, value))
      .filter(text => typeof text === 'string' && text.trim() !== '')
    if (error === undefined || own(value, 'access_token') !== undefined) return value
    return { error, error_description: others.join(': ') }
  }
}
