import type { Fault } from './faults/kinds.ts'
import type { ShapeName } from './faults/token-shapes.ts'
import type { Switches } from './options.ts'

/** A behaviour of the server that published clients are known to mishandle. */
export interface Scenario {
  /** What the server does. */
  readonly server: string
  /** What a client must do. */
  readonly client: string
  /** Published packages that fail, with the tested versions. */
  readonly failingPackages: readonly string[]
  /** The switches that differ from the defaults. */
  readonly switches?: Partial<Switches>
  /** The faults that are added at its start. */
  readonly faults?: readonly Fault[]
}

/** The names of the scenarios. */
export type ScenarioName =
  | 'no-rotation'
  | 'rotation'
  | 'concurrent-refresh'
  | 'two-processes'
  | 'reuse-revokes'
  | 'long-expiry'
  | 'outage'
  | 'rejected-early'
  | 'lost-response'
  | 'lost-response-grace'
  | Exclude<ShapeName, 'wrapped'>
  | 'error-in-200'
  | 'error-in-object'
  | 'imgur-error'
  | 'html-502'
  | 'rate-limited'

const REFRESH = { endpoint: 'token', grant_type: 'refresh_token' } as const

const ARCTIC = 'arctic 3.7.0'
const ATPROTO = '@atproto/oauth-client 0.6.1'
const BADGATEWAY = '@badgateway/oauth2-client 3.3.1'
const CLIENT_OAUTH2 = 'client-oauth2 4.3.3'
const GOOGLE = 'google-auth-library 10.9.1'
const MCP = '@modelcontextprotocol/sdk 1.32.2'
const OAUTH4WEBAPI = 'oauth4webapi 3.8.8'
const OCTOKIT = '@octokit/auth-oauth-user 6.0.4'
const OIDC_CLIENT = 'oidc-client-ts 3.5.0'
const OPENID_CLIENT = 'openid-client 6.9.0'
const SIMPLE = 'simple-oauth2 5.1.0'
const ALL_SIX = [OAUTH4WEBAPI, OPENID_CLIENT, ARCTIC, SIMPLE, BADGATEWAY, CLIENT_OAUTH2]

/** A scenario whose token responses all have an unusual shape. */
const shapeScenario = (
  shape: ShapeName,
  server: string,
  client: string,
  failingPackages: readonly string[],
): Scenario => ({
  server,
  client,
  failingPackages,
  faults: [{ kind: 'token', shape, times: 'always' }],
})

/** All scenarios. Access tokens expire soon if the scenario requires a refresh. */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  'no-rotation': {
    server: 'does not rotate, and omits refresh_token from the response to a refresh',
    client: 'keep its refresh token, so that the second refresh works too',
    failingPackages: [SIMPLE],
    switches: { rotation: 'none', omitRefreshToken: 'on-refresh', expiresIn: 10 },
  },
  rotation: {
    server: 'issues a new refresh token with every refresh, and invalidates the old one',
    client: 'store and use the newest refresh token, never the first one',
    failingPackages: [GOOGLE, OCTOKIT],
    switches: { rotation: 'single', expiresIn: 10 },
  },
  'concurrent-refresh': {
    server: 'needs half a second for a refresh, and revokes the family when a refresh token is reused',
    client: 'share one refresh among all callers',
    failingPackages: [OCTOKIT, OIDC_CLIENT, BADGATEWAY],
    switches: { rotation: 'strict', expiresIn: 10 },
    faults: [{ ...REFRESH, kind: 'delay', ms: 500, times: 'always' }],
  },
  'two-processes': {
    server: 'accepts each refresh token once, so the slower of two processes gets an error',
    client:
      'read the store again on "Invalid refresh token" and use the tokens of the other process, not delete them',
    failingPackages: [MCP],
    switches: { rotation: 'single', expiresIn: 10 },
    faults: [{ ...REFRESH, kind: 'delay', ms: 500, at: 'after', times: 'always' }],
  },
  'reuse-revokes': {
    server: 'revokes every token of a sign-in when one of its refresh tokens is reused',
    client: 'never reuse a refresh token after a response, and require a new sign-in after a revocation',
    failingPackages: [GOOGLE, OCTOKIT],
    switches: { rotation: 'strict', expiresIn: 10 },
  },
  'long-expiry': {
    server: 'sends an expires_in of 60 days, which exceeds the limit of timers',
    client: 'not set a timer that fires immediately and refreshes in a loop',
    failingPackages: [BADGATEWAY],
    switches: { expiresIn: 5_184_000 },
  },
  outage: {
    server: 'always responds with 503 at the token endpoint',
    client: 'keep the tokens, report that the server is unavailable, and not require a new sign-in',
    failingPackages: [BADGATEWAY],
    faults: [{ kind: 'retry-after', status: 503, retryAfter: 'absent', times: 'always' }],
  },
  'rejected-early': {
    server:
      'expires access tokens after 10 seconds instead of ten years, rejects them with 401, and accepts each refresh token once',
    client: 'refresh once when the API rejects a token, however many calls it rejected',
    failingPackages: [ATPROTO],
    switches: { actualExpiryMs: 10_000, rejectedTokenStatus: '401', rotation: 'single' },
  },
  'lost-response': {
    server: 'processes the next refresh and loses the response; the old refresh token is invalid',
    client: 'retry immediately, then report an unknown outcome, require a new sign-in, and keep its tokens',
    failingPackages: [],
    switches: { rotation: 'single', expiresIn: 10 },
    faults: [{ ...REFRESH, kind: 'reset', at: 'after' }],
  },
  'lost-response-grace': {
    server: 'does the same, but repeats the response for 30 seconds',
    client: 'retry immediately with the same refresh token',
    failingPackages: [],
    switches: { rotation: 'grace-same', expiresIn: 10 },
    faults: [{ ...REFRESH, kind: 'reset', at: 'after' }],
  },
  'expires-in-string': shapeScenario(
    'expires-in-string',
    'sends expires_in as a string',
    'parse the number',
    [ARCTIC],
  ),
  'expires-in-absent': shapeScenario(
    'expires-in-absent',
    'sends no expires_in',
    'use the token until it is rejected, and represent the absence of an expiry',
    [ARCTIC],
  ),
  'expires-in-null': shapeScenario(
    'expires-in-null',
    'sends expires_in null',
    'treat it as absent, not as 0',
    [OAUTH4WEBAPI, OPENID_CLIENT, ARCTIC, CLIENT_OAUTH2],
  ),
  'token-type-absent': shapeScenario(
    'token-type-absent',
    'sends no token_type',
    'treat it as Bearer if allowed',
    [OAUTH4WEBAPI, OPENID_CLIENT],
  ),
  'token-type-token': shapeScenario(
    'token-type-token',
    'sends token_type "token"',
    'treat it as Bearer if allowed, else name the type in the error',
    [OAUTH4WEBAPI, OPENID_CLIENT],
  ),
  'status-201': shapeScenario('status-201', 'responds with status 201', 'treat it as a success', [
    OAUTH4WEBAPI,
    OPENID_CLIENT,
    ARCTIC,
  ]),
  'text-plain': shapeScenario('text-plain', 'sends JSON as text/plain', 'check the content', [
    SIMPLE,
    BADGATEWAY,
  ]),
  'text-html': shapeScenario('text-html', 'sends JSON as text/html', 'check the content', [
    SIMPLE,
    BADGATEWAY,
  ]),
  'form-encoded': shapeScenario(
    'form-encoded',
    'sends the tokens form-encoded',
    'parse them if allowed, else name the format in the error',
    [OAUTH4WEBAPI, OPENID_CLIENT, ARCTIC, SIMPLE, BADGATEWAY],
  ),
  'scope-array': shapeScenario('scope-array', 'sends scope as an array', 'join it, and not fail', [
    OAUTH4WEBAPI,
    OPENID_CLIENT,
    ARCTIC,
    BADGATEWAY,
  ]),
  'scope-null': shapeScenario('scope-null', 'sends scope null', 'treat it as absent', [
    OAUTH4WEBAPI,
    OPENID_CLIENT,
    ARCTIC,
  ]),
  'refresh-token-null': shapeScenario(
    'refresh-token-null',
    'sends refresh_token null',
    'keep its refresh token',
    [OAUTH4WEBAPI, OPENID_CLIENT, SIMPLE, CLIENT_OAUTH2],
  ),
  'error-in-200': {
    server: 'rejects with status 200 and an error member',
    client: 'treat it as an error, and show its message',
    failingPackages: [OAUTH4WEBAPI, OPENID_CLIENT, ARCTIC, SIMPLE, BADGATEWAY],
    faults: [{ kind: 'response', response: 'error-in-200', times: 'always' }],
  },
  'error-in-object': {
    server: 'rejects with an error that is an object',
    client: 'show its message, not [object Object]',
    failingPackages: ALL_SIX,
    faults: [{ kind: 'response', response: 'error-in-object', times: 'always' }],
  },
  'imgur-error': {
    server: "rejects with status 403 in Imgur's envelope",
    client: 'show its message, and not treat the refresh token as invalid',
    failingPackages: ALL_SIX,
    faults: [{ kind: 'response', response: 'over-capacity-403', times: 'always' }],
  },
  'html-502': {
    server: 'responds with the error page of a proxy',
    client: 'report the status, not invalid JSON, and retry later',
    failingPackages: [OAUTH4WEBAPI, OPENID_CLIENT, ARCTIC, SIMPLE],
    faults: [{ kind: 'response', response: 'html-502', times: 'always' }],
  },
  'rate-limited': {
    server: 'responds with 429 and Retry-After: 30',
    client: 'report when to retry, and not retry earlier',
    failingPackages: ALL_SIX,
    faults: [{ kind: 'retry-after', status: 429, retryAfter: 'seconds', seconds: 30, times: 'always' }],
  },
}

/** The names of all scenarios, in the order of the table. */
export const SCENARIO_NAMES: readonly ScenarioName[] = Object.keys(SCENARIOS) as ScenarioName[]
