import type { Transport, TransportError } from '@latchkey/core'
import type { AbortSignalLike, HttpRequest, HttpResponse } from '@latchkey/core/ports'
import { ensure, equal, rejection, show } from '../assert.ts'
import { pause } from '../platform.ts'

/** What is tried, and where. */
export interface TransportSubject {
  readonly transport: Transport
  /** The origin of a server started by `startContractServer` of `@latchkey/test-kit/node`. */
  readonly origin: string
  /** An origin on which nothing listens; that server tells one. */
  readonly refusedOrigin: string
  /**
   * Whether it has its connections in its own hands. It has not in a browser, which does not show why one failed,
   * and itself repeats a request whose kept-alive connection ended without an answer.
   */
  readonly ownsConnections?: boolean
  /** The same transport with another deadline, in ms, where it can be set. */
  readonly timed?: (timeoutMs: number) => Transport
}

/** A case of the contract before it has a subject. */
export interface TransportCase {
  readonly name: string
  readonly needs?: readonly ('ownsConnections' | 'timed')[]
  run(subject: TransportSubject): Promise<void>
}

let ids = 0

/** A name of a request, to ask the server later how often it came. */
export const newId = (): string => `contract-${Date.now().toString(36)}-${ids++}`

/** How often the server was asked for something with `?id=<id>`. */
export async function countOf({ transport, origin }: TransportSubject, id: string): Promise<number> {
  const url = `${origin}/count?of=${id}&again=${newId()}` // no cache may answer
  return Number((await transport.send({ method: 'GET', url, headers: {} })).body)
}

/** Returns when the server has got the request with `id`. */
export async function arrived(subject: TransportSubject, id: string): Promise<void> {
  while ((await countOf(subject, id)) === 0) await pause(5)
}

/** Sends a request to the contract server. */
export function ask(
  { transport, origin }: TransportSubject,
  path: string,
  request: Partial<HttpRequest> = {},
  options?: { readonly signal?: AbortSignalLike },
): Promise<HttpResponse> {
  return transport.send({ method: 'GET', url: origin + path, headers: {}, ...request }, options)
}

/** The `TransportError` that `work` rejects with. */
export async function transportFailure(work: Promise<unknown>, what: string): Promise<TransportError> {
  const error = (await rejection(work, what)) as TransportError
  equal([error.name, error.code], ['TransportError', 'transport'], `${what}: name and code of the error`)
  ensure(error.sent === 'no' || error.sent === 'unknown', `${what}: sent is ${show(error.sent)}`)
  return error
}

/** A signal of no library, which shows who listens. */
export function plainSignal(): AbortSignalLike & { abort(): void; readonly listening: number } {
  const listeners = new Set<() => void>()
  let aborted = false
  return {
    get aborted() {
      return aborted
    },
    get listening() {
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
