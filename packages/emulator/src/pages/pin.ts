import { html } from 'hono/html'
import type { Page } from './layout.ts'

/** Returns the page that shows a PIN, which the user enters in the application. */
export function pinPage(pin: string): Page {
  return {
    title: 'Your PIN',
    main: html`
      <h1>Your PIN</h1>
      <p>Go back to the application and enter this PIN. It works once.</p>
      <output class="pin" id="pin">${pin}</output>
      <p class="hint">You can close this page afterwards.</p>
    `,
  }
}
