import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { refuse } from '../answer.ts'
import { readTextForm } from '../form.ts'
import { shorten } from '../ledger.ts'
import type { AuthorizationRequest, Problem, ResponseType } from '../oauth/authorization-request.ts'
import { RESPONSE_TYPES, readAuthorizationRequest } from '../oauth/authorization-request.ts'
import { codeRedirect, errorRedirect, tokenRedirect } from '../oauth/authorization-response.ts'
import { consentPage } from '../pages/consent.ts'
import { answerPage } from '../pages/layout.ts'
import { problemPage } from '../pages/problem.ts'
import { randomHex } from '../random.ts'
import type { User } from '../registry.ts'
import type { Env, Exchange, World } from '../world.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'

const PATH = '/oauth2/authorize'
const MAX_FORM_BYTES = 65_536
const FORM_COOKIE = 'authorize_token'
const SESSION_COOKIE = 'emulator_session'

/** The authorize page: the form of a GET, and the POST that it sends to the same URL. */
export function authorizeRoutes(world: World): Hono<Env> {
  return new Hono<Env>()
    .use(PATH, limitBody(MAX_FORM_BYTES), endpoint(world, 'authorize'))
    .get(PATH, c => withRequest(world, c, request => showForm(world, c, request)))
    .post(PATH, c => withRequest(world, c, request => answerForm(world, c, request)))
}

/** Reads the authorization request, which stands in the query of both, and answers those that cannot be shown to a person. */
function withRequest(
  { registry, switches }: World,
  c: Exchange,
  answer: (request: AuthorizationRequest) => Response | Promise<Response>,
): Response | Promise<Response> {
  const request = readAuthorizationRequest(new URL(c.req.url), registry, switches)
  if (typeof request === 'string') return refuseRequest(c, request, switches)
  c.var.note({ client_id: request.client.client_id, response_type: request.response_type })
  if (!isKnown(request.response_type)) {
    c.var.note({ outcome: 'refused', message: 'unsupported_response_type' })
    return redirect(c, errorRedirect(request, 'unsupported_response_type', switches))
  }
  return answer(request)
}

const isKnown = (response_type: string): response_type is ResponseType =>
  (RESPONSE_TYPES as readonly string[]).includes(response_type)

const REQUIRED = 'client_id and response_type are required'
const NO_CLIENT = 'No client id supplied'
const MISMATCH = {
  sentence: 'The redirect URI provided is missing or does not match',
  code: 'redirect_uri_mismatch',
}

/** What JSON says of each problem, to a GET and to a POST. The words are recorded, and POST's use of them; GET's is inferred. */
const WORDS: Readonly<Record<Exclude<Problem, 'redirect-mismatch'>, { GET: string; POST: string }>> = {
  'missing-client': { GET: REQUIRED, POST: NO_CLIENT },
  'unknown-client': { GET: NO_CLIENT, POST: NO_CLIENT },
  'missing-response-type': { GET: REQUIRED, POST: REQUIRED },
}

function refuseRequest(
  c: Exchange,
  problem: Problem,
  { authorizeErrors, redirectMismatch }: World['switches'],
): Response | Promise<Response> {
  const method = c.req.method === 'POST' ? 'POST' : 'GET'
  const words = problem === 'redirect-mismatch' ? MISMATCH[redirectMismatch] : WORDS[problem][method]
  const isAboutClient = problem === 'missing-client' || problem === 'unknown-client'
  const asPage =
    authorizeErrors === 'pages' || (authorizeErrors === 'recorded' && method === 'GET' && isAboutClient)
  if (!asPage) return refuse(c, 400, words, PATH)
  c.var.note({ outcome: 'refused', message: words })
  return answerPage(c, problemPage(WOAH_THERE, words), 400)
}

/** The words of Imgur's page for a wrong client_id (recorded). */
const WOAH_THERE = {
  title: 'Woah there!',
  text: 'The information you sent wasn’t quite correct. Go back to the application that sent you here and try again.',
}

function showForm(
  world: World,
  c: Exchange,
  request: AuthorizationRequest,
  last: { error?: string; username?: string | undefined } = {},
) {
  const form = world.signIns.newForm()
  setCookie(c, FORM_COOKIE, form, { path: '/oauth2', httpOnly: true, sameSite: 'Lax' })
  const user = signedIn(world, c)
  const { error, username } = last
  return answerPage(c, consentPage({ request, form, user, username, error }), error ? 403 : 200)
}

async function answerForm(world: World, c: Exchange, request: AuthorizationRequest): Promise<Response> {
  const { signIns, switches } = world
  const fields = await readTextForm(c)
  const form = fields.deny ?? fields.signout ?? fields.allow
  if (!form || form !== getCookie(c, FORM_COOKIE) || !signIns.isOpenForm(form)) {
    return refuseForm(world, c, request, { error: 'This page was used already or is too old.' })
  }
  if (fields.deny) {
    signIns.closeForm(form)
    c.var.note({ outcome: 'denied' })
    return redirect(c, errorRedirect(request, 'access_denied', switches))
  }
  if (fields.signout) {
    signIns.close(getCookie(c, SESSION_COOKIE) ?? '')
    deleteCookie(c, SESSION_COOKIE)
    return redirect(c, c.req.url, 303)
  }
  const user = fields.username === undefined ? signedIn(world, c) : verified(world, fields)
  if (!user) {
    const error = 'The username or the password is wrong.'
    return refuseForm(world, c, request, { error, username: fields.username })
  }
  signIns.closeForm(form)
  c.var.note({ account_username: user.account_username })
  if (switches.refuseLocalhost && hostOf(request.redirect_uri) === 'localhost') {
    return refuseRequest(c, 'redirect-mismatch', switches)
  }
  if (switches.rememberLogin) {
    setCookie(c, SESSION_COOKIE, signIns.open(user), { httpOnly: true, sameSite: 'Lax' })
  }
  return redirect(c, GRANTS[request.response_type as ResponseType](world, c, request, user))
}

/** Recorded: whatever was wrong with the form, and whoever reads it, the answer is the same JSON. */
function refuseForm(
  world: World,
  c: Exchange,
  request: AuthorizationRequest,
  last: { error: string; username?: string | undefined },
): Response | Promise<Response> {
  if (world.switches.authorizeErrors !== 'pages') return refuse(c, 403, 'Unauthorized', PATH)
  c.var.note({ outcome: 'refused', message: last.error })
  return showForm(world, c, request, last)
}

/** What Allow does for each response type: it returns where the person is sent. */
const GRANTS: Readonly<
  Record<ResponseType, (world: World, c: Exchange, request: AuthorizationRequest, user: User) => string>
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

const signedIn = ({ signIns }: World, c: Exchange): User | undefined =>
  signIns.user(getCookie(c, SESSION_COOKIE) ?? '')

function verified(
  { registry }: World,
  { username, password }: Readonly<Record<string, string | undefined>>,
): User | undefined {
  const user = registry.users.get(username ?? '')
  return user?.password === password ? user : undefined
}

/** Hono's own `redirect` would encode the URL anew; a redirect goes out as it was built. */
function redirect(c: Exchange, location: string, status: 302 | 303 = 302): Response {
  return c.body(null, status, {
    Location: location,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  })
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname : undefined)
