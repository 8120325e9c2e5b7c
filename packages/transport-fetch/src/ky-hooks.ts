import type { AfterResponseHook, BeforeRequestHook } from 'ky'
import { checkOptionNames } from '@latchkey/core/ports'
import type { ApiCredentials } from '@latchkey/core/provider'
import { Authority, type AuthorityOptions, type AuthorizedRequest, type TokenSource } from './authority.ts'
import { discard } from './outgoing-request.ts'

/** Options of `kyHooks`. */
export interface KyHooksOptions extends AuthorityOptions {
  /** The `fetch` to repeat a request with; pass the one that ky uses. Default: the global one. */
  readonly fetch?: typeof fetch
}

/** Hooks for `ky.create({ hooks })`. */
export interface KyHooks {
  /** Adds the credentials. */
  readonly beforeRequest: BeforeRequestHook[]
  /** Repeats a request whose token the API rejects, or that needs a nonce. */
  readonly afterResponse: AfterResponseHook[]
}

/** How many sent tokens are remembered, to recognise our own; older ones are no longer in use. */
const MAX_TOKENS = 8

/**
 * Returns `authorizedFetch` as hooks of ky, if ky needs another `fetch`: `ky.create({ hooks: kyHooks(client) })`. The
 * same rules apply, with three differences. A request with a body is repeated only if ky keeps a copy, which it does
 * unless its `retry` is 0. The runtime follows redirects and must remove `Authorization` for another origin, as
 * Node 22 and browsers do; with any other credential, a redirect is an error. ky's errors contain the request, so logging
 * one shows the token; `ky.create({ fetch: authorizedFetch(client) })` avoids that.
 *
 * @throws {TypeError} as `authorizedFetch` does.
 */
export function kyHooks(client: TokenSource, options: KyHooksOptions = {}): KyHooks {
  checkOptionNames('kyHooks()', options, ['origins', 'fetch'])
  const authority = new Authority(client, options)
  const { fetch: custom } = options
  if (custom !== undefined && typeof custom !== 'function') throw new TypeError('fetch must be a function')
  /** The credentials of the last requests, newest last. */
  let sent: readonly ApiCredentials[] = []

  const sign = async (request: Request, credentials: ApiCredentials): Promise<void> => {
    await authority.sign(request, credentials)
    sent = [
      ...sent.filter(({ access_token }) => access_token !== credentials.access_token),
      credentials,
    ].slice(-MAX_TOKENS)
  }
  const credentialsIn = ({ headers }: Request): ApiCredentials | undefined =>
    sent.find(credentials =>
      Object.entries(credentials.headers).every(([name, value]) => {
        const found = headers.get(name)
        return found === value || found === value.replace(/^Bearer /, 'DPoP ')
      }),
    )
  const requestOf = (request: Request): AuthorizedRequest<Response> => ({
    url: request.url,
    signal: request.signal,
    async send(credentials) {
      await sign(request, credentials)
      return (custom ?? globalThis.fetch)(request.clone()) // ky may still repeat `request`
    },
    responseOf: response => response,
    discard,
    canRepeat: () => !request.bodyUsed,
  })

  return {
    beforeRequest: [
      async ({ request }) => {
        if (!(await authority.covers(request.url, request.headers))) return undefined
        const credentials = await authority.credentials(request.signal)
        await sign(request, credentials)
        return authority.carriesMore(request.headers) && request.redirect === 'follow'
          ? new Request(request, { redirect: 'error' })
          : undefined
      },
    ],
    afterResponse: [
      async ({ request, response }) => {
        const credentials = credentialsIn(request)
        if (!credentials) return undefined
        const last = await authority.sendAgain(requestOf(request), credentials, response)
        return last === response ? undefined : last
      },
    ],
  }
}
