import { html } from 'hono/html'
import type { Page } from './layout.ts'

/** Returns an error page. `detail` is the message for developers. */
export function errorPage({ title, text }: { title: string; text: string }, detail?: string): Page {
  return {
    title,
    main: html`
      <h1>${title}</h1>
      <p>${text}</p>
      ${detail && html`<p class="hint">For developers: ${detail}</p>`}
    `,
  }
}
