// What the members of a description must be.
import { checkType } from '../util/check-type.ts'
import { REPEATABLE, RESERVED } from '../wire/own-parameters.ts'
import { placeholdersOf, WILDCARD } from './api.ts'
import {
  type Check,
  everyMember,
  listOf,
  nonEmptyListOf,
  matching,
  number,
  objectOf,
  oneOf,
  text,
  url,
} from './checks.ts'
import type { Userinfo } from './identity.ts'
import { checkOrigin } from './addresses.ts'
import type { About, AlsoTokens, Api, ErrorMeaning, Hosts, TokenRejection } from './provider.ts'

export const parameter: Check = (value, name) => {
  if (value === null) return
  if (Array.isArray(value) && REPEATABLE.test(name.slice(name.lastIndexOf('.') + 1)))
    listOf(text)(value, name)
  else checkType(name, value, 'string')
}

/** Parameters that every request has by itself. */
export const constants: Check = (value, name) => {
  everyMember(parameter)(value, name)
  const reserved = Object.keys(value as object).find(one => RESERVED.test(one))
  if (reserved !== undefined)
    throw new TypeError(`${name} must not have '${reserved}': every request has its own`)
}

export const origin: Check = (value, name) => checkOrigin(name, value)

/** `https://*.example.com` has a domain of two labels at least, and no other wildcard. */
export const apiOrigin: Check = (value, name) => {
  checkType(name, value, 'string')
  const [, domain] = (value as string).split(WILDCARD)
  if (domain === undefined || !(value as string).startsWith(WILDCARD)) return origin(value, name)
  if (!domain.includes('.'))
    throw new TypeError(`${name} must name a domain below ${domain || 'the wildcard'}`)
  origin(`https://${domain}`, name)
}

export const origins: Check = (value, name) => {
  if (typeof value === 'function') return
  nonEmptyListOf(apiOrigin)(value, name)
}

/** A pattern without an end would match `https://api.example.com.attacker.example`. */
export const originPattern: Check = (value, name) => {
  if (!(value instanceof RegExp) || value.flags !== '' || !/^\^https:\\\/\\\/.+\$$/s.test(value.source))
    throw new TypeError(`${name} must be a regular expression without flags, from ^https:\\/\\/ to $`)
}

export const header: Check = (value, name) => {
  matching(/^[\x20-\x7e]+$/, 'the value of a header')(value, name)
  const unknown = placeholdersOf(value as string).find(
    one => !['access_token', 'client_id', 'mashape_key'].includes(one),
  )
  if (unknown !== undefined) throw new TypeError(`${name} has the unknown placeholder {${unknown}}`)
}

export const headers: Check = (value, name) => {
  everyMember(header)(value, name)
  for (const one of Object.keys(value as object))
    if (!/^[\w-]+$/.test(one) || /^(authorization|cookie|host)$/i.test(one))
      throw new TypeError(`${name} must not have '${one}'`)
}

export const api: Check = (value, name) => {
  objectOf<Api>(
    {
      origins,
      originPattern,
      headers,
      scheme: (given, member) => given === null || matching(/^[\w-]+$/, 'a scheme, or null')(given, member),
      anonymous: header,
    },
    'origins',
  )(value, name)
  const { origins: given, originPattern: pattern } = value as Api
  if ((typeof given === 'function') !== (pattern !== undefined))
    throw new TypeError(`${name}.originPattern belongs to origins that are a function`)
}

export const hosts: Check = objectOf<Hosts>(
  {
    from: objectOf<Hosts['from']>({ redirect: text }, 'redirect'),
    allowed: nonEmptyListOf(origin),
  },
  'from',
  'allowed',
)

export const alsoTokens: Check = (value, name) => {
  if (typeof value === 'function') return
  objectOf<AlsoTokens>({ path: text, suffix: text }, 'path', 'suffix')(value, name)
}

export const meaning: Check = (value, name) => {
  objectOf<ErrorMeaning>(
    {
      at: oneOf('redirect', 'token', 'device'),
      status: number,
      word: (given, member) => typeof given === 'number' || text(given, member),
      prefix: text,
      means: oneOf('reauth', 'declined', 'misconfigured', 'transient', 'pending'),
    },
    'means',
  )(value, name)
  const { status, word, prefix } = value as ErrorMeaning
  if (status === undefined && word === undefined && prefix === undefined)
    throw new TypeError(`${name} needs status, word or prefix`)
}

/** The address of a page, which may have a fragment. */
export const page: Check = (value, name) => {
  checkType(name, value, 'string')
  url((value as string).replace(/#.*/s, ''), name)
}

export const about: Check = objectOf<About>(
  {
    name: text,
    docs: page,
    register: page,
    checked: matching(/^\d{4}-\d\d-\d\d$/, 'a date as YYYY-MM-DD'),
  },
  'name',
  'docs',
  'register',
  'checked',
)

export const reuse: Check = (value, name) =>
  typeof value === 'string'
    ? oneOf('none', 'strict', 'single', 'unknown')(value, name)
    : objectOf<{ graceMs: number }>({ graceMs: number }, 'graceMs')(value, name)

export const grant: Check = oneOf(
  'authorization_code',
  'client_credentials',
  'device_code',
  'implicit',
  'pin',
  'refresh_token',
)

const userinfo: Check = objectOf<Userinfo>({ userinfo: url, path: text }, 'userinfo', 'path')

export const identity: Check = (value, name) => {
  if (typeof value === 'function') return
  if (typeof value === 'object') return userinfo(value, name)
  text(value, name)
  if (/^id_token\.(?!sub$)/.test(value as string))
    throw new TypeError(`${name} of an id_token must be id_token.sub`)
}

export const rejection: Check = objectOf<TokenRejection>(
  { status: number, bodyIncludes: text, remaining: everyMember(number) },
  'status',
)
