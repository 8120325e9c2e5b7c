import { parseCookie, stringifySetCookie } from 'cookie'

/** The cookies that the routes set. */
export interface CookieNames {
  readonly session: string
  /** What binds a sign-in to its browser. */
  readonly login: string
  /** As `login`, for a provider that responds by a POST from its own site. */
  readonly post: string
  /** A copy of the session, for a connection at such a provider: with its POST, no browser sends the session. */
  readonly connect: string
}

/** Without `__Host-` a cookie can be set by another host or by http, so only on localhost. */
export function cookieNames(isLoopback: boolean): CookieNames {
  const prefix = isLoopback ? '' : '__Host-'
  const named = (name: string): string => `${prefix}latchkey${name}`
  return { session: named(''), login: named('-login'), post: named('-post'), connect: named('-connect') }
}

/** What has headers: a `Request`, or a request of Node. */
export interface HasHeaders {
  readonly headers: Headers | Readonly<Record<string, string | string[] | undefined>>
}

/** Returns the header of a request. */
export function headerOf({ headers }: HasHeaders, name: string): string | undefined {
  const value = isHeaders(headers) ? headers.get(name) : headers[name]
  return (Array.isArray(value) ? value.join(', ') : value) ?? undefined
}

/** Also those of another implementation, such as undici's. */
const isHeaders = (headers: HasHeaders['headers']): headers is Headers => typeof headers.get === 'function'

/** Returns a cookie of a request. One that came twice was set by another host or path: none of them is believed. */
export function cookieOf(request: HasHeaders, name: string): string | undefined {
  const header = headerOf(request, 'cookie') ?? ''
  const count = header.split(';').filter(pair => pair.split('=')[0]!.trim() === name).length
  return count === 1 ? parseCookie(header)[name] : undefined
}

/** Returns the value of `Set-Cookie`; without a `value`, of one that removes the cookie. */
export function setCookie(
  name: string,
  value: string | undefined,
  { maxAge, sameSite = 'lax' }: { readonly maxAge?: number | undefined; readonly sameSite?: 'lax' | 'none' },
): string {
  return stringifySetCookie({
    name,
    value: value ?? '',
    path: '/',
    httpOnly: true,
    secure: name.startsWith('__Host-'),
    sameSite,
    ...(value === undefined ? { maxAge: 0 } : maxAge !== undefined && { maxAge }),
  })
}
