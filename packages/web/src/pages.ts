// The pages that a user sees when the program has none of its own.
import { AuthorizationError, LatchkeyError } from '@latchkey/core'
import { NotAllowedError, OtherAccountError } from './errors.ts'

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.25rem}' +
  'h1{font-size:1.5rem}a{display:block;margin:.5rem 0;padding:.6rem 1rem;border:1px solid;border-radius:.5rem;text-align:center;text-decoration:none}small{opacity:.7}' +
  ':root{color-scheme:light dark}'

const escape = (text: string): string => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)

/** What a user reads: the status, the title, and what to do. */
type Text = readonly [number, string, string]

const FAILED: Text = [400, 'The sign-in failed', 'Please start again.']
const OURS: Text = [500, 'The sign-in does not work', 'This is our fault, and it is noted.']

/** What a user reads, by the kind or code of the error. */
const TEXTS: Readonly<Record<string, Text | undefined>> = {
  declined: [400, 'You declined', 'Nothing was shared. You can sign in again whenever you like.'],
  flow_expired: [400, 'This took too long', 'The sign-in has expired. Please start again.'],
  callback_replayed: [400, 'You came here before', 'This sign-in has been used already.'],
  binding_mismatch: [
    400,
    'Another browser',
    'Please start and finish the sign-in in the same browser, and at the same address: app.example and www.app.example are two, and so are localhost and 127.0.0.1.',
  ],
  other_account: [
    400,
    'Another account',
    'You signed in to another account than before. Please sign in to the same one, or sign out first.',
  ],
  transient: [503, 'The sign-in service does not respond', 'Please try again in a moment.'],
  indeterminate: [503, 'The sign-in service does not respond', 'Please try again in a moment.'],
  misconfigured: OURS,
  saved_flow_invalid: FAILED,
}
const TITLES = { 403: 'Not allowed', 404: 'Not found', 413: 'Too large' } as const

/** Returns a page with links. Texts are escaped. */
export function page(
  status: number,
  title: string,
  text: string,
  links: readonly (readonly [string, string])[],
  note = '',
): Response {
  const anchors = links.map(([to, label]) => `<a href="${escape(to)}">${escape(label)}</a>`).join('')
  const html =
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${escape(title)}</title><style>${STYLE}</style><main><h1>${escape(title)}</h1>` +
    `<p>${escape(text)}</p><p>${anchors}</p>${note && `<small>${escape(note)}</small>`}</main></html>`
  return new Response(html, { status, headers: HEADERS })
}

/** Returns the status of an error and what a user reads. From status 500 on it is no fault of the user. */
export function explain(error: unknown): { readonly code: string; readonly text: Text } {
  if (error instanceof NotAllowedError)
    return { code: '', text: [error.status, TITLES[error.status], error.message] }
  const { code } =
    error instanceof LatchkeyError || error instanceof OtherAccountError ? error : { code: 'unexpected' }
  const kind = error instanceof AuthorizationError ? error.kind : 'misconfigured'
  return { code, text: TEXTS[code] ?? TEXTS[kind ?? ''] ?? FAILED }
}

/** Returns the page for an error. It shows the error's code, never its message, which may name a server. */
export function errorPage(error: unknown, again: string): Response {
  const { code, text } = explain(error)
  return page(...text, [[again, 'Sign in']], code)
}
