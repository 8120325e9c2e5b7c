import type { Transport } from '@latchkey/core'
import type { AbortSignalLike, HttpRequest, HttpResponse } from '@latchkey/core/ports'

/** One response: the members that differ from an empty 200, the error to reject with, or a function that returns either. */
export type ScriptedResponse =
  | Partial<HttpResponse>
  | Error
  | ((request: HttpRequest, signal?: AbortSignalLike) => Outcome | Promise<Outcome>)

type Outcome = Partial<HttpResponse> | Error

/** A `Transport` that returns scripted responses. */
export interface ScriptedTransport extends Transport {
  /** Every request so far, in order. */
  readonly requests: readonly HttpRequest[]
  /**
   * Checks that requests and responses matched. Call it at the end of the test.
   *
   * @throws {Error} when a response was not used, or a request had none, even if the code caught that error.
   */
  finish(): void
}

/** Creates a transport that returns `responses` in order. */
export function scriptedTransport(responses: readonly ScriptedResponse[]): ScriptedTransport {
  const requests: HttpRequest[] = []
  return {
    requests,
    async send(request, { signal } = {}) {
      const response = responses[requests.push(request) - 1]
      if (!response)
        throw new Error(`the script has no response for request ${requests.length}: ${addressOf(request)}`)
      const outcome = typeof response === 'function' ? await response(request, signal) : response
      if (outcome instanceof Error) throw outcome
      return { status: 200, headers: {}, body: '', ...outcome }
    },
    finish() {
      const unmatched = requests.slice(responses.length).map(addressOf)
      if (unmatched.length > 0) throw new Error(`the script had no response for: ${unmatched.join(', ')}`)
      const unused = responses.length - requests.length
      if (unused > 0) throw new Error(`${unused} of ${responses.length} scripted responses were not used`)
    },
  }
}

/** Returns method and address without query and fragment, which may contain secrets. */
const addressOf = ({ method, url }: HttpRequest): string => `${method} ${url.replace(/[?#].*/s, '')}`
