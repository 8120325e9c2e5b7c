import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { HonoContext } from '../server-context.ts'

/** A part of a page, escaped. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** A page: its title and the content of `main`. */
export interface Page {
  readonly title: string
  readonly main: Markup
  /** The name of the page's own style sheet and script in `assets/`. Such a page uses the whole width. */
  readonly app?: string
}

/**
 * Allows no other origin, inline code or frames. There is no `form-action`, since browsers also apply it to the
 * redirect after the form, which leads to the application.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

/** Returns a list of names and values. The values to `copy` have a button, which `assets/copy.js` shows. */
export const values = (
  entries: Readonly<Record<string, string>>,
  copy: readonly string[] = [],
): Markup => html`
  <dl>
    ${Object.entries(entries).map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>
            <code>${value}</code>
            ${copy.includes(name) && html`<button class="small copy" hidden aria-label="Copy ${name}">Copy</button>`}
          </dd>
        </div>`,
    )}
  </dl>
`

/** Sends a page. */
export function sendPage(
  c: HonoContext,
  page: Page,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  return c.html(layout(page), status, HEADERS)
}

function layout({ title, main, app }: Page): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Latchkey emulator</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/style.css" />
        <script type="module" src="/assets/copy.js"></script>
        ${
          app &&
          html`<link rel="stylesheet" href="/assets/${app}.css" />
            <script type="module" src="/assets/${app}.js"></script>`
        }
      </head>
      <body>
        <header class="bar">
          <a class="brand" href="/"
            ><img src="/assets/icon.svg" alt="" width="24" height="24" />Latchkey emulator</a
          >
          <span class="badge">A test server, not Imgur</span>
        </header>
        <main class="${app ? 'wide' : 'card'}">${main}</main>
      </body>
    </html>`
}
