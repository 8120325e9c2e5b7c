import type { Transport } from '@latchkey/core'
import { checkOptionNames, type HttpResponse } from '@latchkey/core/ports'
import type { KyInstance } from 'ky'
import { type Deadline, EndedError, startDeadline } from './deadline.ts'
import { importKy } from '#import-ky'
import { readText } from './read-text.ts'
import { singleSend } from './single-send.ts'
import { transportError } from './transport-error.ts'

/** The longest possible timer; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

function checkMs(name: string, ms: unknown): void {
  if (!(typeof ms === 'number' && ms > 0 && ms <= MAX_TIMER_MS))
    throw new TypeError(`${name} must be a number above 0 and at most ${MAX_TIMER_MS}`)
}

/** Options of `fetchTransport`. */
export interface FetchTransportOptions {
  /**
   * The deadline of a request that has none of its own: the time from the call to the last byte of the body, in ms.
   * Time in which the process stands still does not count. Default 10,000.
   */
  readonly timeoutMs?: number
  /**
   * The `fetch` to send with, for example of another network stack. It must not retry or follow redirects by itself.
   * Default: the global one at the time of the request.
   */
  readonly fetch?: typeof fetch
  /**
   * The `ky` to send with, where it cannot be imported later, for example in a service worker without a bundler.
   * Default: `import('ky')` with the first request, which keeps the start of a program short.
   */
  readonly ky?: KyInstance
}

/**
 * Returns a `Transport` over ky and fetch, for Node, Deno, Bun, browsers and workers. Its errors contain only the
 * method, origin and path of the request.
 *
 * @throws {TypeError} when an option is unknown or has the wrong type
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  checkOptionNames('fetchTransport()', options, ['timeoutMs', 'fetch', 'ky'])
  const { timeoutMs = 10_000, fetch, ky: givenKy } = options
  checkMs('timeoutMs', timeoutMs)
  if (fetch !== undefined && typeof fetch !== 'function') throw new TypeError('fetch must be a function')
  if (givenKy !== undefined && typeof givenKy !== 'function')
    throw new TypeError('ky must be the default export of ky')

  return {
    async send(request, { signal, deadlineMs = timeoutMs } = {}) {
      checkMs('deadlineMs', deadlineMs)
      const singleSending = singleSend()
      let deadline: Deadline | undefined
      let fetchCalled = false
      try {
        const ky = givenKy ?? (await importKy(deadlineMs, signal))
        deadline = startDeadline(deadlineMs, signal)
        deadline.signal.throwIfAborted()
        const url = new URL(request.url) // rejects a relative URL, which a page would resolve
        rejectBeyondLatin1(request.headers)
        const responding = ky(url, {
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          signal: deadline.signal,
          redirect: 'manual', // workers do not support 'error', `credentials` and `mode`
          ...(canBypassCache() && { cache: 'no-store' }),
          retry: 0,
          timeout: false, // ky's does not include the body, ours does
          throwHttpErrors: false,
          fetch(input, init) {
            fetchCalled = true
            return fetch ? fetch(input, init) : globalThis.fetch(input, { ...init, ...singleSending.init })
          },
        })
        return await toHttpResponse(await deadline.race(responding), deadline)
      } catch (error) {
        throw transportError(request, fetchCalled, error)
      } finally {
        deadline?.clear()
        singleSending.close()
      }
    },
  }
}

/**
 * Returns whether requests have `cache`: a worker rejects it before the compatibility date 2024-11-11. The fetch of
 * Next.js 14 returns cached responses even to POST; an old token response would then count as a new one.
 */
function canBypassCache(): boolean {
  return 'cache' in Request.prototype
}

/** Throws like the fetch of other runtimes, because workerd sends such a header in UTF-8. */
function rejectBeyondLatin1(headers: Readonly<Record<string, string>>): void {
  if (Object.values(headers).some(value => /[^\0-\xff]/.test(value)))
    throw new TypeError('a header beyond Latin-1')
}

/** Reads a response into plain data. */
async function toHttpResponse(response: Response, deadline: Deadline): Promise<HttpResponse> {
  if (response.type === 'opaqueredirect')
    throw new EndedError('OpaqueRedirectError', 'the response is a redirect, which browsers hide')
  const { text, truncated } = await readText(response.body, deadline)
  return {
    status: response.status,
    // No prototype: `headers.constructor` must be the server's header or undefined.
    headers: Object.assign(Object.create(null), Object.fromEntries(response.headers)),
    body: text,
    ...(truncated && { truncated }),
  }
}
