import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { errorEnvelope, phpJson } from './envelope.ts'
import type { HonoContext } from './server-context.ts'

/** Sends JSON as Imgur's server encodes it. */
export function sendJson(
  c: HonoContext,
  value: unknown,
  status: ContentfulStatusCode = 200,
  headers: Record<string, string> = {},
): Response {
  return c.body(phpJson(value), status, { 'Content-Type': 'application/json', ...headers })
}

/** Whether a browser opens the address as a page: its request accepts HTML by name, unlike a program's. */
export const isBrowser = (c: HonoContext): boolean => c.req.header('accept')?.includes('text/html') ?? false

/** Rejects a request with Imgur's error envelope, which contains `request`, the path. */
export function sendError(
  c: HonoContext,
  status: ContentfulStatusCode,
  error: string,
  request: string = c.req.path,
): Response {
  c.var.note({ outcome: 'rejected', message: error })
  return sendJson(c, errorEnvelope(error, request, c.req.method, status), status)
}
