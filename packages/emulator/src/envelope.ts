import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Exchange } from './world.ts'

/** JSON as PHP writes it: with `\/` for every slash (recorded). */
export function phpJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('/', '\\/')
}

/** Answers with JSON in Imgur's spelling. */
export function answerJson(
  c: Exchange,
  value: unknown,
  status: ContentfulStatusCode = 200,
  headers: Record<string, string> = {},
): Response {
  return c.body(phpJson(value), status, { 'Content-Type': 'application/json', ...headers })
}

/** Imgur's envelope of an error (recorded): there is no machine-readable code, only words. */
export function errorEnvelope(error: string, request: string, method: string, status: number): object {
  return { data: { error, request, method }, success: false, status }
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

/** Imgur's envelope of a success (documented). */
export function successEnvelope(data: unknown): object {
  return { data, success: true, status: 200 }
}
