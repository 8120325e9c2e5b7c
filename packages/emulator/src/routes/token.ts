import { Hono } from 'hono'

import { answerJson, refuse } from '../answer.ts'
import { shorten } from '../ledger.ts'
import { matchesRegistered } from '../oauth/authorization-request.ts'
import type { TokenParameters, TokenRequest } from '../oauth/token-request.ts'
import { readTokenRequest } from '../oauth/token-request.ts'
import { tokenResponse } from '../oauth/token-response.ts'
import type { RegisteredClient } from '../registry.ts'
import type { TokenSet } from '../state/tokens.ts'
import type { Env, Exchange, World } from '../world.ts'
import { setRateLimits } from './api-access.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'

const PATH = '/oauth2/token'
const MAX_BODY_BYTES = 1_048_576

/** The token endpoint (RFC 6749 section 3.2), with Imgur's `pin` grant. A slash at its end makes no difference. */
export function tokenRoutes(world: World): Hono<Env> {
  const routes = new Hono<Env>()
  for (const path of [PATH, `${PATH}/`]) {
    routes.post(path, limitBody(MAX_BODY_BYTES), endpoint(world, 'token', describe), c => answer(world, c))
  }
  return routes
}

async function describe(c: Exchange): Promise<void> {
  const { parameters, client_id } = await readTokenRequest(c)
  const grant_type = parameters.get('grant_type')
  const presented = ['code', 'pin', 'refresh_token'].map(name => parameters.get(name)).find(Boolean)
  c.var.note({
    ...(grant_type && { grant_type }),
    ...(client_id && { client_id }),
    ...(presented && { presented: shorten(presented) }),
  })
}

async function answer(world: World, c: Exchange): Promise<Response> {
  const request = await readTokenRequest(c)
  if (world.switches.oauthRateLimitHeaders) setRateLimits(world, c, request.client_id ?? '')
  const result = exchange(world, request)
  if (typeof result === 'string') return refuse(c, 400, result, PATH)
  c.var.note({
    account_username: result.user.account_username,
    issued: [shorten(result.access_token), shorten(result.refresh_token)],
  })
  const body = tokenResponse(result, world.switches, request.parameters.get('grant_type'))
  return answerJson(c, body, 200, { 'Cache-Control': 'no-store' })
}

/** The tokens, or Imgur's words of refusal. The order of the checks is inferred from the library its server derives from. */
function exchange(world: World, { parameters, client_id, client_secret }: TokenRequest): TokenSet | string {
  const grant = GRANTS.get(parameters.get('grant_type') ?? '')
  if (!grant) return 'Invalid grant_type parameter or parameter missing'
  if (!client_id) return 'Client id was not found in the headers or body'
  const client = world.registry.clients.get(client_id)
  const isTrusted = client_secret ? client_secret === client?.client_secret : !world.switches.requireSecret
  if (!client || !isTrusted) return 'The client credentials are invalid'
  return grant(world, client, parameters)
}

type Grant = (world: World, client: RegisteredClient, parameters: TokenParameters) => TokenSet | string

const GRANTS: ReadonlyMap<string, Grant> = new Map<string, Grant>([
  ['authorization_code', exchangeCode],
  ['pin', exchangePin],
  ['refresh_token', exchangeRefreshToken],
])

function exchangeCode(
  { codes, tokens, clock, switches }: World,
  { client_id }: RegisteredClient,
  parameters: TokenParameters,
): TokenSet | string {
  const code = parameters.get('code')
  if (!code) return 'Missing parameter. "code" is required'
  const grant = codes.find(code, client_id)
  // Recorded: Imgur speaks of a refresh token here, where a code is meant.
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
  { pins, tokens, clock }: World,
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
  { tokens }: World,
  { client_id }: RegisteredClient,
  parameters: TokenParameters,
): TokenSet | string {
  const refresh_token = parameters.get('refresh_token')
  if (!refresh_token) return 'No "refresh_token" parameter found'
  return tokens.refresh(refresh_token, client_id) ?? 'Invalid refresh token'
}
