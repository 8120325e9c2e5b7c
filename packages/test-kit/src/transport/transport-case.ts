import type { Transport, TransportError } from '@latchkey/core'
import type { AbortSignalLike, HttpRequest, HttpResponse } from '@latchkey/core/ports'
import { assert, equal, assertRejects, format } from '../assert.ts'
import { delay } from '../platform.ts'

/** The transport under test, and its server. */
export interface TransportSubject {
  /** One that can reach loopback over http. */
  readonly transport: Transport
  /** The origin of a server started with `startContractServer` from `@latchkey/test-kit/node`. */
  readonly origin: string
  /** An origin on which nothing listens, from the same server. */
  readonly refusedOrigin: string
  /**
   * Whether the transport controls its connections. In browsers it does not: they hide why a connection failed, and
   * repeat a request whose kept-alive connection ended without a response.
   */
  readonly ownsConnections?: boolean
}

/** A contract case before it has a subject. */
export interface TransportCase {
  readonly name: string
  readonly needs?: readonly 'ownsConnections'[]
  run(subject: TransportSubject): Promise<void>
}

let ids = 0

/** Returns an identifier by which the server counts a request. */
export const newId = (): string => `contract-${Date.now().toString(36)}-${ids++}`

/** Returns how many requests with `?id=<id>` reached the server. */
export async function requestCount({ transport, origin }: TransportSubject, id: string): Promise<number> {
  const url = `${origin}/count?of=${id}&unique=${newId()}` // bypasses caches
  return Number((await transport.send({ method: 'GET', url, headers: {} })).body)
}

/** Resolves when the server has received the request with `id`. */
export async function waitForRequest(subject: TransportSubject, id: string): Promise<void> {
  while ((await requestCount(subject, id)) === 0) await delay(5)
}

/** Sends a request to the contract server. */
export function sendTo(
  { transport, origin }: TransportSubject,
  path: string,
  request: Partial<HttpRequest> = {},
  options?: Parameters<Transport['send']>[1],
): Promise<HttpResponse> {
  return transport.send({ method: 'GET', url: origin + path, headers: {}, ...request }, options)
}

/** Returns the `TransportError` that `work` rejects with. */
export async function transportErrorOf(work: Promise<unknown>, what: string): Promise<TransportError> {
  const error = (await assertRejects(work, what)) as TransportError
  equal([error.name, error.code], ['TransportError', 'transport'], `${what}: name and code of the error`)
  assert(error.sent === 'no' || error.sent === 'unknown', `${what}: sent is ${format(error.sent)}`)
  return error
}

/** Creates a minimal signal that counts its listeners. */
export function plainSignal(): AbortSignalLike & { abort(): void; readonly listenerCount: number } {
  const listeners = new Set<() => void>()
  let aborted = false
  return {
    get aborted() {
      return aborted
    },
    get listenerCount() {
      return listeners.size
    },
    addEventListener: (_, listener) => void listeners.add(listener),
    removeEventListener: (_, listener) => void listeners.delete(listener),
    abort() {
      aborted = true
      for (const listener of [...listeners]) listener()
    },
  }
}
