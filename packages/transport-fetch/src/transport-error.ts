import { TransportError } from '@latchkey/core'
import type { HttpRequest } from '@latchkey/core/ports'
import { EndedError } from './deadline.ts'
import { faultOf } from './faults.ts'
import { isReusedSocket } from './reused-socket.ts'

/** System calls before the first byte: if one fails, nothing was sent. */
const BEFORE_SENDING: readonly unknown[] = ['getaddrinfo', 'connect']

/** Node's message for an ECONNRESET during the handshake. */
const HANDSHAKE_CUT = 'Client network socket disconnected before secure TLS connection was established'

/** Deno's message for every failure before there was a connection; its errors have no codes. */
const NOT_CONNECTED = '): client error (Connect): '

/** The messages of Node and Deno for a blocked port (Fetch section 2.9), which have no code. */
const BAD_PORT = /^(bad port|Fetch failed: Requests to port \d+ are blocked)$/

/** The messages of undici and Bun for a CONNECT that the proxy did not grant, with its status. */
const NO_TUNNEL = /^Proxy (?:response \(|refused to open a tunnel: )(\d{3})/

type SystemError = { readonly [member in 'name' | 'code' | 'syscall' | 'message']?: string }

/**
 * Returns the error of a request without a response. Keeps only the codes of the caught error: ky's errors contain
 * the request with its Authorization header, and the messages of fetch quote headers and URLs.
 *
 * @param fetchCalled whether fetch was called; if not, the request could not be built
 */
export function transportError(request: HttpRequest, fetchCalled: boolean, caught: unknown): TransportError {
  const roots = rootsOf(caught)
  const { name, code, syscall, message } = roots.find(root => typeof root.code === 'string') ?? roots[0] ?? {}
  const description = fetchCalled ? describe(code, message) : 'invalid URL or header'
  const reason = caught instanceof EndedError ? caught.message : description
  const isUnsent = !fetchCalled || (roots.length > 0 && roots.every(isBeforeSending))
  const suffix = typeof code === 'string' ? ` (${code})` : '' // a DOMException has a number
  return new TransportError(`${request.method} ${withoutSecrets(request.url)}: ${reason}${suffix}`, {
    sent: isUnsent ? 'no' : 'unknown',
    reused: !isUnsent && roots.some(isReusedSocket),
    cause: { name, code, syscall },
  })
}

function describe(code: string | undefined, message = ''): string {
  const [, status] = NO_TUNNEL.exec(message) ?? []
  if (status) return `the proxy rejected the connection with status ${status}`
  return BAD_PORT.test(message) ? 'fetch blocks this port' : (faultOf(code)?.[1] ?? 'no response')
}

function isBeforeSending({ code, syscall, message = '' }: SystemError): boolean {
  return (
    BEFORE_SENDING.includes(syscall) ||
    message === HANDSHAKE_CUT ||
    NO_TUNNEL.test(message) ||
    BAD_PORT.test(message) ||
    message.includes(NOT_CONNECTED) ||
    faultOf(code)?.[0] === 'no'
  )
}

/** Returns the innermost causes: several if several addresses of a host were tried. */
function rootsOf(error: unknown, depth = 8): SystemError[] {
  if (typeof error !== 'object' || error === null) return []
  const { cause, errors } = error as { cause?: unknown; errors?: unknown }
  const inner = depth > 0 ? [errors ?? cause].flat().flatMap(one => rootsOf(one, depth - 1)) : []
  return inner.length > 0 ? inner : [error]
}

/** Returns origin and path only: userinfo, query and fragment may contain secrets. */
function withoutSecrets(url: string): string {
  try {
    const { origin, pathname } = new URL(url)
    return origin === 'null' ? '(not an HTTP URL)' : origin + pathname
  } catch {
    return '(invalid URL)'
  }
}
