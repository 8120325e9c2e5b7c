import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { errorEnvelope, phpJson } from './envelope.ts'
import type { Exchange } from './world.ts'

/** Answers with JSON in Imgur's spelling. */
export function answerJson(
  c: Exchange,
  value: unknown,
  status: ContentfulStatusCode = 200,
  headers: Record<string, string> = {},
): Response {
  return c.body(phpJson(value), status, { 'Content-Type': 'application/json', ...headers })
}

/** Refuses a request with Imgur's envelope; `request` is the path that the envelope names. */
export function refuse(
  c: Exchange,
  status: ContentfulStatusCode,
  error: string,
  request: string = c.req.path,
): Response {
  c.var.note({ outcome: 'refused', message: error })
  return answerJson(c, errorEnvelope(error, request, c.req.method, status), status)
}
