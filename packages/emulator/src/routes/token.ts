import { Hono } from 'hono'

import { errorPage } from '../pages/error.ts'
import { sendPage } from '../pages/layout.ts'
import { isBrowser, sendJson, sendError } from '../respond.ts'
import { shorten } from '../ledger.ts'
import { matchesRegistered } from '../oauth/authorization-request.ts'
import type { TokenParameters, TokenRequest } from '../oauth/token-request.ts'
import { readTokenRequest } from '../oauth/token-request.ts'
import { tokenResponse } from '../oauth/token-response.ts'
import type { RegisteredClient } from '../registry.ts'
import type { TokenSet } from '../state/tokens.ts'
import type { Env, HonoContext, ServerContext } from '../server-context.ts'
import { setRateLimits } from './api-access.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'

const PATH = '/oauth2/token'
const MAX_BODY_BYTES = 1_048_576

/** Routes of the token endpoint (RFC 6749 section 3.2), with Imgur's `pin` grant and an optional trailing slash. */
export function tokenRoutes(context: ServerContext): Hono<Env> {
  const routes = new Hono<Env>()
  for (const path of [PATH, `${PATH}/`]) {
    routes.post(path, limitBody(MAX_BODY_BYTES), endpoint(context, 'token', noteRequest), c =>
      handleTokenRequest(context, c),
    )
    routes.get(path, async (c, next) => {
      if (!isBrowser(c)) return next()
      c.header('Allow', 'POST')
      return sendPage(c, errorPage(FOR_PROGRAMS), 405)
    })
  }
  return routes
}

const FOR_PROGRAMS = {
  title: 'Only for programs',
  text: 'This is the token endpoint. An application sends it a POST request with a code, a PIN or a refresh token.',
}

async function noteRequest(c: HonoContext): Promise<void> {
  const { parameters, client_id } = await readTokenRequest(c)
  const grant_type = parameters.get('grant_type')
  const presented = ['code', 'pin', 'refresh_token'].map(name => parameters.get(name)).find(Boolean)
  c.var.note({
    ...(grant_type && { grant_type }),
    ...(client_id && { client_id }),
    ...(presented && { presented: shorten(presented) }),
  })
}

async function handleTokenRequest(context: ServerContext, c: HonoContext): Promise<Response> {
  const request = await readTokenRequest(c)
  if (context.switches.oauthRateLimitHeaders) setRateLimits(context, c, request.client_id ?? '')
  const result = exchange(context, request)
  if (typeof result === 'string') return sendError(c, 400, result, PATH)
  c.var.note({
    account_username: result.user.account_username,
    issued: [shorten(result.access_token), shorten(result.refresh_token)],
  })
  const body = tokenResponse(result, context.switches, request.parameters.get('grant_type'))
  return sendJson(c, body, 200, { 'Cache-Control': 'no-store' })
}

/** Returns the tokens, or Imgur's error message. The order of the checks is inferred from the library it uses. */
function exchange(
  context: ServerContext,
  { parameters, client_id, client_secret }: TokenRequest,
): TokenSet | string {
  const grant = GRANTS.get(parameters.get('grant_type') ?? '')
  if (!grant) return 'Invalid grant_type parameter or parameter missing'
  if (!client_id) return 'Client id was not found in the headers or body'
  const client = context.registry.clients.get(client_id)
  const isTrusted = client_secret ? client_secret === client?.client_secret : !context.switches.requireSecret
  if (!client || !isTrusted) return 'The client credentials are invalid'
  return grant(context, client, parameters)
}

type Grant = (
  context: ServerContext,
  client: RegisteredClient,
  parameters: TokenParameters,
) => TokenSet | string

const GRANTS: ReadonlyMap<string, Grant> = new Map<string, Grant>([
  ['authorization_code', exchangeCode],
  ['pin', exchangePin],
  ['refresh_token', exchangeRefreshToken],
])

function exchangeCode(
  { codes, tokens, clock, switches }: ServerContext,
  { client_id }: RegisteredClient,
  parameters: TokenParameters,
): TokenSet | string {
  const code = parameters.get('code')
  if (!code) return 'Missing parameter. "code" is required'
  const grant = codes.find(code, client_id)
  // Recorded: the message says refresh token although it means a code.
  if (!grant) return "Refresh token doesn't exist or is invalid for the client"
  const redirect_uri = parameters.get('redirect_uri')
  if (redirect_uri && !matchesRegistered(redirect_uri, grant.redirect_uri, switches)) {
    return 'The redirect URI is missing or do not match'
  }
  if (clock.nowMs() >= grant.expiresAtMs) return 'The authorization code has expired'
  codes.redeem(code)
  return tokens.issue(client_id, grant.user)
}

function exchangePin(
  { pins, tokens, clock }: ServerContext,
  { client_id }: RegisteredClient,
  parameters: TokenParameters,
): TokenSet | string {
  const pin = parameters.get('pin') ?? ''
  const grant = pins.find(pin, client_id)
  if (!grant || clock.nowMs() >= grant.expiresAtMs) return 'Invalid Pin'
  pins.redeem(pin)
  return tokens.issue(client_id, grant.user)
}

function exchangeRefreshToken(
  { tokens }: ServerContext,
  { client_id }: RegisteredClient,
  parameters: TokenParameters,
): TokenSet | string {
  const refresh_token = parameters.get('refresh_token')
  if (!refresh_token) return 'No "refresh_token" parameter found'
  return tokens.refresh(refresh_token, client_id) ?? 'Invalid refresh token'
}
