import { html } from 'hono/html'
import type { AuthorizationRequest } from '../oauth/authorization-request.ts'
import type { User } from '../registry.ts'
import type { Markup, Page } from './layout.ts'

/** What the authorize page shows. */
export interface Consent {
  readonly request: AuthorizationRequest
  /** The token of this form, which its buttons send back. */
  readonly form: string
  /** Who is signed in already. */
  readonly user: User | undefined
  /** The username of the last try. */
  readonly username: string | undefined
  /** What was wrong with the last try. */
  readonly error: string | undefined
}

/** The page that asks somebody to sign in and to allow an application, or only to allow it. */
export function consentPage({ request, form, user, username, error }: Consent): Page {
  return {
    title: 'Allow access',
    main: html`
      <h1>Allow access to your account?</h1>
      <p>
        The application <code>${request.client.client_id}</code> wants to see your account and to upload
        pictures in your name.
      </p>
      ${error && html`<p class="error" id="error" role="alert">${error}</p>`}
      <form method="post">
        ${user ? signedIn(user, form) : signIn(username)}
        <div class="actions">
          <button class="primary" name="allow" value="${form}">Allow</button>
          <button name="deny" value="${form}" formnovalidate>Deny</button>
        </div>
      </form>
      <p class="hint">${afterwards(request)}</p>
    `,
  }
}

/** Somebody who mistyped finds their username again, and stands where it goes on. */
const signIn = (username: string | undefined): Markup => html`
  <label for="username">Username</label>
  <input
    id="username"
    name="username"
    value="${username ?? ''}"
    autocomplete="username"
    autocapitalize="none"
    spellcheck="false"
    required
    ${wrong(username)}
  />
  <label for="password">Password</label>
  <input
    id="password"
    name="password"
    type="password"
    autocomplete="current-password"
    required
    ${username !== undefined && html`autofocus`}
    ${wrong(username)}
  />
`

/** The attributes of a field whose last value was wrong. */
const wrong = (username: string | undefined): Markup | false =>
  username !== undefined && html`aria-invalid="true" aria-describedby="error"`

const signedIn = (user: User, form: string): Markup => html`
  <p class="identity">
    <span>Signed in as <strong>${user.account_username}</strong></span>
    <button class="link" name="signout" value="${form}" formnovalidate>Not you?</button>
  </p>
`

/** Says where the buttons lead, so that nobody is surprised to leave. */
function afterwards({ response_type, redirect_uri }: AuthorizationRequest): Markup {
  const back = html`<span class="address">${redirect_uri}</span>`
  return response_type === 'pin'
    ? html`If you allow it, you will see a PIN to type into the application. If not, you go to ${back}.`
    : html`You will be sent to ${back}.`
}
