// The page of the receiver. It loads no resources, and its Content-Security-Policy allows only its own script.
import { createHash } from 'node:crypto'

/** The text of the page. */
export interface PageText {
  readonly title: string
  readonly text: string
}

const STYLE = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
body { display: grid; min-height: 100vh; margin: 0; place-items: center; background: light-dark(#f4f6f8, #12161b);
  color: light-dark(#1a2027, #e6eaee) }
main { box-sizing: border-box; width: min(26rem, 100% - 2rem); padding: 2rem; border: 1px solid light-dark(#d7dde3, #313a44);
  border-radius: 12px; background: light-dark(#ffffff, #1b2128) }
h1 { margin: 0 0 0.75rem; font-size: 1.5rem }
p { margin: 0 }
`

// Removes the redirect from the address bar and the history. The token flow returns tokens in the fragment, which
// browsers do not send to servers, so the page posts its whole address.
const SCRIPT = `
const address = location.href
history.replaceState(null, '', location.pathname)
const show = ({ title, text }) => {
  document.title = document.querySelector('h1').textContent = title
  document.querySelector('[role=status]').textContent = text
}
if (document.body.dataset.sendAddress)
  fetch(location.pathname, { method: 'POST', body: address })
    .then(response => response.json())
    .then(show, () => show({ title: 'Too late', text: 'The program no longer waits for this sign-in.' }))
`

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Headers of every response of the receiver. */
export const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    `script-src ${hashOf(SCRIPT)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  Connection: 'close',
}

/** Returns the page as HTML. With `sendAddress` it posts its address to the receiver and shows the response. */
export function page(
  { title, text }: PageText,
  { sendAddress = false }: { readonly sendAddress?: boolean } = {},
): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="data:," />
    <title>${escape(title)}</title>
    <style>${STYLE}</style>
  </head>
  <body${sendAddress ? ' data-send-address="yes"' : ''}>
    <main>
      <h1>${escape(title)}</h1>
      <p role="status">${escape(text)}</p>
      ${sendAddress ? '<noscript><p>This page needs JavaScript to read the sign-in result from its address.</p></noscript>' : ''}
    </main>
    <script type="module">${SCRIPT}</script>
  </body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string): string => text.replace(/[&<>"]/g, sign => ENTITIES[sign]!)
