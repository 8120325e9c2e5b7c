import { TransportError } from '@latchkey/core'
import type { HttpRequest } from '@latchkey/core/ports'
import { Ended } from './deadline.ts'
import { faultOf } from './faults.ts'

/** System calls that come before the first byte: whatever their error is, nothing was sent. */
const BEFORE_SENDING: readonly unknown[] = ['getaddrinfo', 'connect']

/** How Node words the one ECONNRESET that is known to be of the handshake. */
const HANDSHAKE_CUT = 'Client network socket disconnected before secure TLS connection was established'

/** How Deno, whose errors have no codes, words whatever went wrong before there was a connection; no URL has spaces. */
const NOT_CONNECTED = '): client error (Connect): '

/** How Node's fetch and Deno's word, without a code, that they talk to no port of another protocol (Fetch section 2.9). */
const BAD_PORT = /^(bad port|Fetch failed: Requests to port \d+ are blocked)$/

type SystemError = { readonly [member in 'name' | 'code' | 'syscall' | 'message']?: string }

/**
 * The error for a request without a response. Of what was caught only codes are kept: ky's errors hold the
 * request with its Authorization header, and the messages of fetch quote headers and URLs.
 *
 * @param handedOver whether fetch was called at all; if not, the request could not even be built
 */
export function transportError(request: HttpRequest, handedOver: boolean, caught: unknown): TransportError {
  const roots = rootsOf(caught)
  const { name, code, syscall, message } = roots.find(root => typeof root.code === 'string') ?? roots[0] ?? {}
  const met = BAD_PORT.test(message ?? '') ? 'fetch refuses this port' : (faultOf(code)?.[1] ?? 'no response')
  const words = handedOver ? met : 'invalid URL or header'
  const why = caught instanceof Ended ? caught.message : words
  const unsent = !handedOver || (roots.length > 0 && roots.every(isBeforeSending))
  const suffix = typeof code === 'string' ? ` (${code})` : '' // a DOMException has a number
  return new TransportError(`${request.method} ${placeOf(request.url)}: ${why}${suffix}`, {
    sent: unsent ? 'no' : 'unknown',
    cause: { name, code, syscall },
  })
}

function isBeforeSending({ code, syscall, message }: SystemError): boolean {
  return (
    BEFORE_SENDING.includes(syscall) ||
    message === HANDSHAKE_CUT ||
    BAD_PORT.test(message ?? '') ||
    message?.includes(NOT_CONNECTED) === true ||
    faultOf(code)?.[0] === 'no'
  )
}

/** The errors under the wrappers of ky and fetch: several where several addresses of a host were tried. */
function rootsOf(error: unknown, depth = 8): SystemError[] {
  if (typeof error !== 'object' || error === null) return []
  const { cause, errors } = error as { cause?: unknown; errors?: unknown }
  const inner = depth > 0 ? [errors ?? cause].flat().flatMap(one => rootsOf(one, depth - 1)) : []
  return inner.length > 0 ? inner : [error]
}

/** Origin and path: userinfo, query and fragment may hold secrets. */
function placeOf(url: string): string {
  try {
    const { origin, pathname } = new URL(url)
    return origin === 'null' ? '(not an HTTP URL)' : origin + pathname
  } catch {
    return '(invalid URL)'
  }
}
