import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { isBrowser, sendError } from '../respond.ts'
import { readTextForm } from '../form.ts'
import { shorten } from '../ledger.ts'
import type { AuthorizationRequest, RequestError, ResponseType } from '../oauth/authorization-request.ts'
import { RESPONSE_TYPES, readAuthorizationRequest } from '../oauth/authorization-request.ts'
import { codeRedirect, errorRedirect, tokenRedirect } from '../oauth/authorization-response.ts'
import { consentPage } from '../pages/consent.ts'
import { sendPage } from '../pages/layout.ts'
import { errorPage } from '../pages/error.ts'
import { randomHex } from '../random.ts'
import type { User } from '../registry.ts'
import type { Env, HonoContext, ServerContext } from '../server-context.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'

const PATH = '/oauth2/authorize'
const MAX_FORM_BYTES = 65_536
const FORM_COOKIE = 'authorize_token'
const SESSION_COOKIE = 'emulator_session'

/** Routes of the authorize page: GET shows the form, which posts to the same URL. */
export function authorizeRoutes(context: ServerContext): Hono<Env> {
  return new Hono<Env>()
    .use(PATH, limitBody(MAX_FORM_BYTES), endpoint(context, 'authorize'))
    .get(PATH, c => withRequest(context, c, request => showForm(context, c, request)))
    .post(PATH, c => withRequest(context, c, request => handleForm(context, c, request)))
}

/** Reads the authorization request from the query and rejects it if it is invalid. */
function withRequest(
  { registry, switches }: ServerContext,
  c: HonoContext,
  handle: (request: AuthorizationRequest) => Response | Promise<Response>,
): Response | Promise<Response> {
  const request = readAuthorizationRequest(new URL(c.req.url), registry, switches)
  if (typeof request === 'string') return rejectRequest(c, request, switches)
  c.var.note({ client_id: request.client.client_id, response_type: request.response_type })
  if (!isResponseType(request.response_type)) {
    c.var.note({ outcome: 'rejected', message: 'unsupported_response_type' })
    return redirect(c, errorRedirect(request, 'unsupported_response_type', switches))
  }
  return handle(request)
}

const isResponseType = (response_type: string): response_type is ResponseType =>
  (RESPONSE_TYPES as readonly string[]).includes(response_type)

const REQUIRED = 'client_id and response_type are required'
const NO_CLIENT = 'No client id supplied'
const MISMATCH = {
  sentence: 'The redirect URI provided is missing or does not match',
  code: 'redirect_uri_mismatch',
}

/** The error messages of a GET and a POST. The texts and their use by POST are recorded; the use by GET is inferred. */
const MESSAGES: Readonly<Record<Exclude<RequestError, 'redirect-mismatch'>, { GET: string; POST: string }>> =
  {
    'missing-client': { GET: REQUIRED, POST: NO_CLIENT },
    'unknown-client': { GET: NO_CLIENT, POST: NO_CLIENT },
    'missing-response-type': { GET: REQUIRED, POST: REQUIRED },
  }

function rejectRequest(
  c: HonoContext,
  problem: RequestError,
  { authorizeErrors, redirectMismatch }: ServerContext['switches'],
): Response | Promise<Response> {
  const method = c.req.method === 'POST' ? 'POST' : 'GET'
  const message = problem === 'redirect-mismatch' ? MISMATCH[redirectMismatch] : MESSAGES[problem][method]
  const isAboutClient = problem === 'missing-client' || problem === 'unknown-client'
  const asPage =
    authorizeErrors === 'pages' ||
    (authorizeErrors === 'recorded' && (isBrowser(c) || (method === 'GET' && isAboutClient)))
  if (!asPage) return sendError(c, 400, message, PATH)
  c.var.note({ outcome: 'rejected', message: message })
  return sendPage(c, errorPage(INVALID_REQUEST, message), 400)
}

/** The text of Imgur's page for a wrong client_id (recorded). */
const INVALID_REQUEST = {
  title: 'Woah there!',
  text: 'The information you sent wasn’t quite correct. Go back to the application that sent you here and try again.',
}

function showForm(
  context: ServerContext,
  c: HonoContext,
  request: AuthorizationRequest,
  last: { error?: string; username?: string | undefined } = {},
) {
  const form = context.signIns.newForm()
  setCookie(c, FORM_COOKIE, form, { path: '/oauth2', httpOnly: true, sameSite: 'Lax' })
  const user = currentUser(context, c)
  const { error, username } = last
  return sendPage(c, consentPage({ request, form, user, username, error }), error ? 403 : 200)
}

async function handleForm(
  context: ServerContext,
  c: HonoContext,
  request: AuthorizationRequest,
): Promise<Response> {
  const { signIns, switches } = context
  const fields = await readTextForm(c)
  const form = fields.deny ?? fields.signout ?? fields.allow
  if (!form || form !== getCookie(c, FORM_COOKIE) || !signIns.isOpenForm(form)) {
    return rejectForm(context, c, request, { error: 'This page has expired or was already used.' })
  }
  if (fields.deny) {
    signIns.closeForm(form)
    c.var.note({ outcome: 'denied' })
    return redirect(c, errorRedirect(request, 'access_denied', switches))
  }
  if (fields.signout) {
    signIns.endSession(getCookie(c, SESSION_COOKIE) ?? '')
    deleteCookie(c, SESSION_COOKIE)
    return redirect(c, c.req.url, 303)
  }
  const user = fields.username === undefined ? currentUser(context, c) : authenticate(context, fields)
  if (!user) {
    const error = 'The username or the password is wrong.'
    return rejectForm(context, c, request, { error, username: fields.username })
  }
  signIns.closeForm(form)
  c.var.note({ account_username: user.account_username })
  if (switches.rejectLocalhost && hostOf(request.redirect_uri) === 'localhost') {
    return rejectRequest(c, 'redirect-mismatch', switches)
  }
  if (switches.rememberLogin) {
    setCookie(c, SESSION_COOKIE, signIns.startSession(user), { httpOnly: true, sameSite: 'Lax' })
  }
  return redirect(c, GRANTS[request.response_type as ResponseType](context, c, request, user))
}

/** Recorded: every error of the form has the same JSON response. A browser gets the form again. */
function rejectForm(
  context: ServerContext,
  c: HonoContext,
  request: AuthorizationRequest,
  last: { error: string; username?: string | undefined },
): Response | Promise<Response> {
  const { authorizeErrors } = context.switches
  const asPage = authorizeErrors === 'pages' || (authorizeErrors === 'recorded' && isBrowser(c))
  if (!asPage) return sendError(c, 403, 'Unauthorized', PATH)
  c.var.note({ outcome: 'rejected', message: last.error })
  return showForm(context, c, request, last)
}

/** Handles Allow for each response type. Returns the URL of the redirect. */
const GRANTS: Readonly<
  Record<
    ResponseType,
    (context: ServerContext, c: HonoContext, request: AuthorizationRequest, user: User) => string
  >
> = {
  code({ codes, clock, switches }, c, request, user) {
    const code = randomHex(40)
    codes.add(code, { ...grantOf(request, user), expiresAtMs: clock.nowMs() + switches.codeLifetimeMs })
    c.var.note({ issued: [shorten(code)] })
    return codeRedirect(request, code)
  },
  token({ tokens, switches }, c, request, user) {
    const set = tokens.issue(request.client.client_id, user)
    c.var.note({ issued: [shorten(set.access_token), shorten(set.refresh_token)] })
    return tokenRedirect(request, set, switches)
  },
  pin({ pins, clock, switches }, c, request, user) {
    const pin = randomHex(10)
    pins.add(pin, { ...grantOf(request, user), expiresAtMs: clock.nowMs() + switches.pinLifetimeMs })
    c.var.note({ issued: [shorten(pin)] })
    return `${new URL(c.req.url).origin}/oauth2/pin?pin=${pin}`
  },
}

const grantOf = ({ client, redirect_uri }: AuthorizationRequest, user: User) => ({
  client_id: client.client_id,
  user,
  redirect_uri,
})

const currentUser = ({ signIns }: ServerContext, c: HonoContext): User | undefined =>
  signIns.user(getCookie(c, SESSION_COOKIE) ?? '')

function authenticate(
  { registry }: ServerContext,
  { username, password }: Readonly<Record<string, string | undefined>>,
): User | undefined {
  const user = registry.users.get(username ?? '')
  return user?.password === password ? user : undefined
}

/** Sends a redirect without changing the URL. Hono's `redirect` would encode it again. */
function redirect(c: HonoContext, location: string, status: 302 | 303 = 302): Response {
  return c.body(null, status, {
    Location: location,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  })
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname : undefined)
