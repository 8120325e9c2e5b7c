import type { Transport } from '@latchkey/core'
import type { HttpResponse } from '@latchkey/core/ports'
import ky from 'ky'
import { type Deadline, Ended, startDeadline } from './deadline.ts'
import { readText } from './read-text.ts'
import { singleSend } from './single-send.ts'
import { transportError } from './transport-error.ts'

/** The longest that a timer can run; beyond it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** What `fetchTransport` can be told. */
export interface FetchTransportOptions {
  /** The time for everything, from the call to the last byte of the body, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /**
   * The `fetch` to send with, of another network stack say. It must neither retry nor follow a redirect by
   * itself. Default: the global one at the time of the request.
   */
  readonly fetch?: typeof fetch
}

/**
 * A `Transport` over ky and fetch, for Node, Deno, Bun, browsers and workers. Its `send` keeps all that the port promises,
 * and its errors hold nothing of the request but the method, the origin and the path.
 *
 * @throws {TypeError} when an option is of the wrong type
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const { timeoutMs = 10_000, fetch } = options
  if (!(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS))
    throw new TypeError(`timeoutMs must be a number above 0 and at most ${MAX_TIMER_MS}`)
  if (fetch !== undefined && typeof fetch !== 'function') throw new TypeError('fetch must be a function')

  return {
    async send(request, { signal } = {}) {
      const deadline = startDeadline(timeoutMs, signal)
      const once = singleSend()
      let handedOver = false
      try {
        deadline.signal.throwIfAborted()
        const url = new URL(request.url) // here: a page would take a relative one for its own
        refuseBeyondLatin1(request.headers)
        const answer = ky(url, {
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          signal: deadline.signal,
          redirect: 'manual', // workers have no 'error', and refuse `cache`, `credentials` and `mode` as well
          retry: 0,
          timeout: false, // ky's ends with the status line, ours with the body
          throwHttpErrors: false,
          fetch(input, init) {
            handedOver = true
            return fetch ? fetch(input, init) : globalThis.fetch(input, { ...init, ...once.init })
          },
        })
        return await plain(await deadline.race(answer), deadline)
      } catch (error) {
        throw transportError(request, handedOver, error)
      } finally {
        deadline.release()
        once.end()
      }
    },
  }
}

/** workerd would send such a header in UTF-8, where the fetch of every other runtime throws. */
function refuseBeyondLatin1(headers: Readonly<Record<string, string>>): void {
  if (Object.values(headers).some(value => /[^\0-\xff]/.test(value)))
    throw new TypeError('a header beyond Latin-1')
}

/** The response as plain data. */
async function plain(response: Response, deadline: Deadline): Promise<HttpResponse> {
  if (response.type === 'opaqueredirect')
    throw new Ended('OpaqueRedirectError', 'answered with a redirect, which a browser does not show')
  const { text, truncated } = await readText(response.body, deadline)
  return {
    status: response.status,
    // No prototype: the server names the members, and `headers.constructor` must be its header or nothing.
    headers: Object.assign(Object.create(null), Object.fromEntries(response.headers)),
    body: text,
    ...(truncated && { truncated }),
  }
}
