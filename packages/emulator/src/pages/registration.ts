import { html } from 'hono/html'
import type { RegisteredClient } from '../registry.ts'
import { type Page, values } from './layout.ts'

/** Returns the form that registers an application. `error` is the error of the last attempt. */
export function registrationPage(error?: string): Page {
  return {
    title: 'Register an application',
    main: html`
      <h1>Register an application</h1>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <form method="post">
        <label for="redirect_uri">Callback URL</label>
        <input
          id="redirect_uri"
          name="redirect_uri"
          inputmode="url"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          aria-describedby="redirect_uri_hint"
        />
        <p class="hint" id="redirect_uri_hint">
          http, https or a private-use scheme. Leave it empty for an application without a callback.
        </p>
        <div class="actions"><button class="primary">Register</button></div>
      </form>
    `,
  }
}

/** Returns the page that shows a registered application. */
export function clientPage({ client_id, client_secret, redirect_uri }: RegisteredClient): Page {
  return {
    title: 'Application registered',
    main: html`
      <h1>Application registered</h1>
      ${values({ client_id, client_secret, redirect_uri }, ['client_id', 'client_secret'])}
      <p class="hint">It is lost when the emulator stops. The <a href="/">front page</a> lists it too.</p>
    `,
  }
}
