import type { Fault } from './faults/kinds.ts'
import type { ShapeName } from './faults/token-shapes.ts'
import type { Switches } from './options.ts'

/** A server that behaves in a way that published clients are known to handle badly. */
export interface Scenario {
  /** What the server does. */
  readonly server: string
  /** What a client has to do about it. */
  readonly client: string
  /** Published packages that were measured to fail at it, with their versions. */
  readonly trips: readonly string[]
  readonly switches?: Partial<Switches>
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

/** A token endpoint that always answers in an unusual shape. */
const shaped = (shape: ShapeName, server: string, client: string, trips: readonly string[]): Scenario => ({
  server,
  client,
  trips,
  faults: [{ kind: 'token', shape, times: 'always' }],
})

/** All scenarios. Expiry is short where a client must refresh for the scenario to show. */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  'no-rotation': {
    server: 'does not rotate, and leaves refresh_token out of the answer to a refresh',
    client: 'keep the refresh token it has, so that the second refresh works too',
    trips: [SIMPLE],
    switches: { rotation: 'none', omitRefreshToken: 'on-refresh', expiresIn: 10 },
  },
  rotation: {
    server: 'gives a new refresh token with every refresh; the old one is dead',
    client: 'use and keep the newest refresh token, never the one it started with',
    trips: [GOOGLE, OCTOKIT],
    switches: { rotation: 'single', expiresIn: 10 },
  },
  'concurrent-refresh': {
    server: 'takes half a second for a refresh, and revokes everything when a refresh token comes twice',
    client: 'let all callers share one refresh',
    trips: [OCTOKIT, OIDC_CLIENT, BADGATEWAY],
    switches: { rotation: 'strict', expiresIn: 10 },
    faults: [{ ...REFRESH, kind: 'delay', ms: 500, times: 'always' }],
  },
  'two-processes': {
    server: 'takes each refresh token once; the slower of two processes gets an error',
    client:
      'read the store again on "Invalid refresh token" and use what the other process saved, not delete it',
    trips: [MCP],
    switches: { rotation: 'single', expiresIn: 10 },
    faults: [{ ...REFRESH, kind: 'delay', ms: 500, at: 'after', times: 'always' }],
  },
  'reuse-revokes': {
    server: 'revokes every token of a sign-in when one of its refresh tokens is used twice',
    client:
      'never send a refresh token again that was answered, and ask for a new sign-in when it is too late',
    trips: [GOOGLE, OCTOKIT],
    switches: { rotation: 'strict', expiresIn: 10 },
  },
  'long-expiry': {
    server: 'sends an expires_in of 60 days, more milliseconds than a timer holds',
    client: 'not set a timer that fires at once; otherwise it refreshes for ever',
    trips: [BADGATEWAY],
    switches: { expiresIn: 5_184_000 },
  },
  outage: {
    server: 'answers 503 on the token endpoint for ever',
    client: 'keep the tokens, say that the server is down, and not ask for a new sign-in',
    trips: [BADGATEWAY],
    faults: [{ kind: 'retry-after', status: 503, retryAfter: 'absent', times: 'always' }],
  },
  'rejected-early': {
    server:
      'ends access tokens after 10 seconds while it promises ten years, refuses them with 401, and takes each refresh token once',
    client: 'refresh once when the API refuses a token, however many calls were refused',
    trips: [ATPROTO],
    switches: { lyingExpiryMs: 10_000, badToken: '401', rotation: 'single' },
  },
  'lost-response': {
    server: 'carries out the next refresh and loses the answer; the old refresh token is dead',
    client:
      'ask again at once, then say that the outcome is unknown and ask for a new sign-in, and keep what it has',
    trips: [],
    switches: { rotation: 'single', expiresIn: 10 },
    faults: [{ ...REFRESH, kind: 'reset', at: 'after' }],
  },
  'lost-response-grace': {
    server: 'the same, but repeats the answer for 30 seconds',
    client: 'ask again at once with the same refresh token, and nobody notices',
    trips: [],
    switches: { rotation: 'grace-same', expiresIn: 10 },
    faults: [{ ...REFRESH, kind: 'reset', at: 'after' }],
  },
  'expires-in-string': shaped('expires-in-string', 'sends expires_in as a string', 'read the number in it', [
    ARCTIC,
  ]),
  'expires-in-absent': shaped(
    'expires-in-absent',
    'sends no expires_in',
    'use the token until it is refused, and have a way to say that there is no expiry',
    [ARCTIC],
  ),
  'expires-in-null': shaped('expires-in-null', 'sends expires_in null', 'take it for absent, not for now', [
    OAUTH4WEBAPI,
    OPENID_CLIENT,
    ARCTIC,
    CLIENT_OAUTH2,
  ]),
  'token-type-absent': shaped(
    'token-type-absent',
    'sends no token_type',
    'take it for Bearer where allowed',
    [OAUTH4WEBAPI, OPENID_CLIENT],
  ),
  'token-type-token': shaped(
    'token-type-token',
    'sends token_type "token"',
    'take it for Bearer where allowed, else name the type it refuses',
    [OAUTH4WEBAPI, OPENID_CLIENT],
  ),
  'status-201': shaped('status-201', 'answers with status 201', 'take it for a success', [
    OAUTH4WEBAPI,
    OPENID_CLIENT,
    ARCTIC,
  ]),
  'text-plain': shaped('text-plain', 'calls its JSON text/plain', 'look at the content', [
    SIMPLE,
    BADGATEWAY,
  ]),
  'text-html': shaped('text-html', 'calls its JSON text/html', 'look at the content', [SIMPLE, BADGATEWAY]),
  'form-encoded': shaped(
    'form-encoded',
    'sends the tokens form-encoded',
    'read them where allowed, else say what came',
    [OAUTH4WEBAPI, OPENID_CLIENT, ARCTIC, SIMPLE, BADGATEWAY],
  ),
  'scope-array': shaped('scope-array', 'sends scope as an array', 'join it, not fail on it', [
    OAUTH4WEBAPI,
    OPENID_CLIENT,
    ARCTIC,
    BADGATEWAY,
  ]),
  'scope-null': shaped('scope-null', 'sends scope null', 'take it for absent', [
    OAUTH4WEBAPI,
    OPENID_CLIENT,
    ARCTIC,
  ]),
  'refresh-token-null': shaped(
    'refresh-token-null',
    'sends refresh_token null',
    'keep the refresh token it has',
    [OAUTH4WEBAPI, OPENID_CLIENT, SIMPLE, CLIENT_OAUTH2],
  ),
  'error-in-200': {
    server: 'refuses with status 200 and an error member',
    client: 'take it for a refusal, and show its words',
    trips: [OAUTH4WEBAPI, OPENID_CLIENT, ARCTIC, SIMPLE, BADGATEWAY],
    faults: [{ kind: 'answer', answer: 'error-in-200', times: 'always' }],
  },
  'error-in-object': {
    server: 'refuses with an error that is an object',
    client: 'show its words, not [object Object]',
    trips: ALL_SIX,
    faults: [{ kind: 'answer', answer: 'error-in-object', times: 'always' }],
  },
  'imgur-error': {
    server: "refuses with status 403 in Imgur's envelope",
    client: 'show its words, and not take it for a dead refresh token',
    trips: ALL_SIX,
    faults: [{ kind: 'answer', answer: 'over-capacity-403', times: 'always' }],
  },
  'html-502': {
    server: 'answers with the error page of a proxy',
    client: 'tell the status, not that the JSON is wrong, and try again later',
    trips: [OAUTH4WEBAPI, OPENID_CLIENT, ARCTIC, SIMPLE],
    faults: [{ kind: 'answer', answer: 'html-502', times: 'always' }],
  },
  'rate-limited': {
    server: 'answers 429 with Retry-After: 30',
    client: 'tell when to come back, and not come back before',
    trips: ALL_SIX,
    faults: [{ kind: 'retry-after', status: 429, retryAfter: 'seconds', seconds: 30, times: 'always' }],
  },
}

/** The names of all scenarios, in the order of the table. */
export const SCENARIO_NAMES: readonly ScenarioName[] = Object.keys(SCENARIOS) as ScenarioName[]
