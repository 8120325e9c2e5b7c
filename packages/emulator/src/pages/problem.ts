import { html } from 'hono/html'
import type { Page } from './layout.ts'

/** The page that says that something went wrong; `detail` is what a developer wants to know. */
export function problemPage({ title, text }: { title: string; text: string }, detail?: string): Page {
  return {
    title,
    main: html`
      <h1>${title}</h1>
      <p>${text}</p>
      ${detail && html`<p class="hint">For developers: ${detail}</p>`}
    `,
  }
}
