import type { FastifyReply } from 'fastify'

/** Headers of every response: no scripts, no referrer. No `form-action`, which would stop the redirect to a provider. */
export const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}

const escape = (text: string): string => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)

/** Sends a page: its title is text, its body HTML. */
export function page(reply: FastifyReply, title: string, body: string): FastifyReply {
  const html = `<!doctype html><html lang="en"><title>${escape(title)}</title><h1>${escape(title)}</h1>${body}`
  return reply.type('text/html; charset=utf-8').send(html)
}
