import type { Transport } from '@latchkey/core'
import type { AbortSignalLike, HttpRequest, HttpResponse } from '@latchkey/core/ports'

/** One answer: what differs from status 200 without headers and body, or the error to reject with. */
export type ScriptedAnswer =
  | Partial<HttpResponse>
  | Error
  | ((request: HttpRequest, signal?: AbortSignalLike) => Outcome | Promise<Outcome>)

type Outcome = Partial<HttpResponse> | Error

/** A `Transport` that answers from a script. */
export interface ScriptedTransport extends Transport {
  /** Every request so far, in order. */
  readonly requests: readonly HttpRequest[]
  /**
   * Call it when the test is over.
   *
   * @throws {Error} when an answer was not used, or a request found none: the code may have hidden the latter
   */
  finish(): void
}

/** Answers requests with `answers`, in order; a function is given the request, and may take its time. */
export function scriptedTransport(answers: readonly ScriptedAnswer[]): ScriptedTransport {
  const requests: HttpRequest[] = []
  return {
    requests,
    async send(request, { signal } = {}) {
      const answer = answers[requests.push(request) - 1]
      if (!answer)
        throw new Error(`the script has no answer for request ${requests.length}: ${named(request)}`)
      const outcome = typeof answer === 'function' ? await answer(request, signal) : answer
      if (outcome instanceof Error) throw outcome
      return { status: 200, headers: {}, body: '', ...outcome }
    },
    finish() {
      const unanswered = requests.slice(answers.length).map(named)
      if (unanswered.length > 0) throw new Error(`the script had no answer for: ${unanswered.join(', ')}`)
      const left = answers.length - requests.length
      if (left > 0) throw new Error(`${left} of ${answers.length} answers of the script were not used`)
    },
  }
}

/** Method and address, without what may be secret. */
const named = ({ method, url }: HttpRequest): string => `${method} ${url.replace(/[?#].*/s, '')}`
