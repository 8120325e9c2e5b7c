import { html } from 'hono/html'
import type { AuthorizationRequest } from '../oauth/authorization-request.ts'
import type { User } from '../registry.ts'
import type { Markup, Page } from './layout.ts'

/** The content of the authorize page. */
export interface Consent {
  readonly request: AuthorizationRequest
  /** The token of this form, which its buttons submit. */
  readonly form: string
  /** The user who is signed in. */
  readonly user: User | undefined
  /** The username of the last attempt. */
  readonly username: string | undefined
  /** The error of the last attempt. */
  readonly error: string | undefined
}

/** Returns the page on which a user signs in and allows or denies an application. */
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
        ${user ? currentUser(user, form) : signInFields(username)}
        <div class="actions">
          <button class="primary" name="allow" value="${form}">Allow</button>
          <button name="deny" value="${form}" formnovalidate>Deny</button>
        </div>
      </form>
      <p class="hint">${destinationHint(request)}</p>
    `,
  }
}

/** After a failed attempt, the username is filled in and the password field has the focus. */
const signInFields = (username: string | undefined): Markup => html`
  <label for="username">Username</label>
  <input
    id="username"
    name="username"
    value="${username ?? ''}"
    autocomplete="username"
    autocapitalize="none"
    spellcheck="false"
    required
    ${invalidAttributes(username)}
  />
  <label for="password">Password</label>
  <input
    id="password"
    name="password"
    type="password"
    autocomplete="current-password"
    required
    ${username !== undefined && html`autofocus`}
    ${invalidAttributes(username)}
  />
`

/** Returns the attributes of a field after a failed attempt. */
const invalidAttributes = (username: string | undefined): Markup | false =>
  username !== undefined && html`aria-invalid="true" aria-describedby="error"`

const currentUser = (user: User, form: string): Markup => html`
  <p class="identity">
    <span>Signed in as <strong>${user.account_username}</strong></span>
    <button class="link" name="signout" value="${form}" formnovalidate>Not you?</button>
  </p>
`

/** Returns a hint about where the buttons lead. */
function destinationHint({ response_type, redirect_uri }: AuthorizationRequest): Markup {
  const back = html`<span class="address">${redirect_uri}</span>`
  return response_type === 'pin'
    ? html`If you allow it, you will see a PIN to type into the application. If not, you go to ${back}.`
    : html`You will be sent to ${back}.`
}
