import type { AfterResponseHook, BeforeRequestHook } from 'ky'
import { Authority, type AuthorityOptions, type TokenSource } from './authority.ts'

/** What `kyHooks` can be told. */
export interface KyHooksOptions extends AuthorityOptions {
  /** The `fetch` to repeat a request with: the one that ky was given, if it was. Default: the global one. */
  readonly fetch?: typeof fetch
}

/** Hooks for `ky.create({ hooks })`. */
export interface KyHooks {
  readonly beforeRequest: BeforeRequestHook[]
  readonly afterResponse: AfterResponseHook[]
}

/** How many tokens are remembered as ours; all but the last few have long been refused. */
const MOST_TOKENS = 8

/**
 * `authorizedFetch` as hooks of ky, for who cannot give ky another `fetch`: `ky.create({ hooks: kyHooks(client) })`.
 * The same rules hold, with three differences. A request with a body is repeated only where ky keeps a copy, which
 * it does unless its `retry` is 0. Redirects are followed by the runtime, which must drop `Authorization` on the way
 * to another origin, as Node 22 and browsers do; with a `mashape_key`, a redirect is an error. And ky's own errors
 * hold the request, so that a log of one shows the token: `ky.create({ fetch: authorizedFetch(client) })` keeps it
 * out of them.
 *
 * @throws {TypeError} as `authorizedFetch` does.
 */
export function kyHooks(client: TokenSource, options: KyHooksOptions = {}): KyHooks {
  const authority = new Authority(client, options)
  const { fetch: given } = options
  if (given !== undefined && typeof given !== 'function') throw new TypeError('fetch must be a function')
  const sent = new Set<string>()

  const sign = (request: Request, authorization: string): void => {
    authority.sign(request.headers, authorization)
    sent.delete(authorization)
    sent.add(authorization)
    if (sent.size > MOST_TOKENS) sent.delete(sent.values().next().value as string)
  }

  return {
    beforeRequest: [
      async ({ request }) => {
        if (!authority.covers(request.url) || request.headers.has('authorization')) return undefined
        sign(request, await authority.header(request.signal))
        return authority.hasKey && request.redirect === 'follow'
          ? new Request(request, { redirect: 'error' })
          : undefined
      },
    ],
    afterResponse: [
      async ({ request, response }) => {
        const authorization = request.headers.get('authorization') ?? ''
        if (!sent.has(authorization) || !authority.covers(request.url)) return undefined
        if (!(await authority.refuses(response, authorization, request.url))) return undefined
        if (request.bodyUsed) {
          authority.renewed(authorization).catch(() => {}) // who asks for a token next meets the same error
          return undefined
        }
        sign(request, await authority.renewed(authorization, request.signal))
        return (given ?? globalThis.fetch)(request.clone()) // ky may yet have to repeat `request`
      },
    ],
  }
}
