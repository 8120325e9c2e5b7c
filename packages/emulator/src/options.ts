import type { Setting } from './settings.ts'
import { checkSetting } from './settings.ts'
import { argument } from './validate.ts'

/**
 * Every quirk of the emulator that can be switched. The names are those of `startEmulator({ ... })`, of the
 * control endpoint and, in kebab-case, of the command line; {@link SWITCHES} says what each value does.
 */
export interface Switches {
  authorizeErrors: 'recorded' | 'json' | 'pages'
  redirectMatch: 'prefix' | 'strict'
  redirectMismatch: 'sentence' | 'code'
  rememberLogin: boolean
  stateIn: 'query' | 'fragment' | 'both'
  fragmentOrder: 'real' | 'docs'
  pinLifetimeMs: number
  errorIn: 'query' | 'fragment-for-token'
  errorDescription: boolean
  emptyRedirectToSelf: boolean
  refuseLocalhost: boolean
  requireSecret: boolean
  codeLifetimeMs: number
  era: '2014' | '2016' | '2021' | 'docs'
  expiresIn: number
  omitRefreshToken: 'never' | 'on-refresh' | 'always'
  rotation: RotationName
  graceMs: number
  singleSession: boolean
  lyingExpiryMs: number
  oauthRateLimitHeaders: boolean
  badToken: '403' | '401' | '429'
  userCredits: number
  clientCredits: number
  addclient: 'home' | 'form'
  apiCors: '2018' | '2025'
  failLocalhostPreflight: boolean
  oauthCors: 'same' | 'none'
}

/** What the server does with a refresh token that was used; {@link SWITCHES}.rotation and `state/rotation.ts` explain each. */
export type RotationName =
  | 'rotate-keep-old'
  | 'rotate-revoke-old'
  | 'echo-same'
  | 'none'
  | 'single'
  | 'strict'
  | 'grace-same'
  | 'grace-all'
  | 'grace-first'
  | 'grace-latest'

/** One row of the table of switches. */
export interface Switch<T> extends Setting<T> {
  /** The item of the specification of Imgur's behaviour that it belongs to; tests cite the same number. */
  readonly item: number
  readonly summary: string
}

const ROTATIONS: readonly RotationName[] = [
  'rotate-keep-old',
  'rotate-revoke-old',
  'echo-same',
  'none',
  'single',
  'strict',
  'grace-same',
  'grace-all',
  'grace-first',
  'grace-latest',
]

/** All switches with their defaults: what Imgur was recorded to do, or the likeliest reading where nothing was recorded. */
export const SWITCHES: { readonly [Name in keyof Switches]: Switch<Switches[Name]> } = {
  authorizeErrors: {
    item: 3,
    default: 'recorded',
    values: ['recorded', 'json', 'pages'],
    summary:
      'errors of the authorize page: as recorded (a page for a bad client_id, JSON for the rest), all JSON, or all pages',
  },
  redirectMatch: {
    item: 4,
    default: 'prefix',
    values: ['prefix', 'strict'],
    summary: 'redirect_uri must begin with the registered one in any case, or equal it',
  },
  redirectMismatch: {
    item: 4,
    default: 'sentence',
    values: ['sentence', 'code'],
    summary: 'a wrong redirect_uri is told in a sentence, or as redirect_uri_mismatch',
  },
  rememberLogin: {
    item: 5,
    default: true,
    summary: 'somebody who signed in sees only the Allow button next time',
  },
  stateIn: {
    item: 10,
    default: 'query',
    values: ['query', 'fragment', 'both'],
    summary: 'where the state comes back in the token flow',
  },
  fragmentOrder: {
    item: 10,
    default: 'real',
    values: ['real', 'docs'],
    summary: 'fragment of the token flow: as recorded, or the three fields of the documentation',
  },
  pinLifetimeMs: { item: 11, default: 600_000, summary: 'how long a PIN can be exchanged' },
  errorIn: {
    item: 12,
    default: 'query',
    values: ['query', 'fragment-for-token'],
    summary: 'where error=access_denied comes back',
  },
  errorDescription: { item: 12, default: false, summary: 'a denial says error_description too' },
  emptyRedirectToSelf: {
    item: 13,
    default: false,
    summary: 'redirect_uri= (empty) sends people back to the authorize page itself',
  },
  refuseLocalhost: {
    item: 14,
    default: false,
    summary: 'a callback on the host localhost is refused after Allow',
  },
  requireSecret: {
    item: 16,
    default: true,
    summary: 'the token endpoint wants the client_secret; false accepts its absence, never a wrong one',
  },
  codeLifetimeMs: { item: 17, default: 30_000, summary: 'how long a code can be exchanged' },
  era: {
    item: 20,
    default: '2021',
    values: ['2014', '2016', '2021', 'docs'],
    summary: 'the token response of those years: expires_in of 1 hour, 28 days or 10 years; or of the docs',
  },
  expiresIn: { item: 20, default: 0, summary: "expires_in in seconds; 0 takes the era's own" },
  omitRefreshToken: {
    item: 20,
    default: 'never',
    values: ['never', 'on-refresh', 'always'],
    summary: 'leaves refresh_token out of the token response',
  },
  rotation: {
    item: 21,
    default: 'rotate-keep-old',
    values: ROTATIONS,
    summary: 'what becomes of a refresh token that was used',
  },
  graceMs: {
    item: 21,
    default: 30_000,
    summary:
      'how long a used refresh token is good under the grace rotations, unless its successor is used before',
  },
  singleSession: {
    item: 22,
    default: false,
    summary: 'a new sign-in ends the earlier access tokens of the same client and account',
  },
  lyingExpiryMs: {
    item: 23,
    default: 0,
    summary: 'access tokens die after this time whatever expires_in says; 0 is honest',
  },
  oauthRateLimitHeaders: {
    item: 25,
    default: false,
    summary: 'X-RateLimit headers on the token endpoint too',
  },
  badToken: {
    item: 26,
    default: '403',
    values: ['403', '401', '429'],
    summary: 'the status with which the API refuses an access token',
  },
  userCredits: { item: 27, default: 500, summary: 'X-RateLimit-UserLimit: credits of one user in an hour' },
  clientCredits: {
    item: 27,
    default: 12_500,
    summary: 'X-RateLimit-ClientLimit: credits of one client in a day; then 429',
  },
  addclient: {
    item: 29,
    default: 'home',
    values: ['home', 'form'],
    summary: 'registering an application leads to the front page, as since 2025, or to a form',
  },
  apiCors: {
    item: 30,
    default: '2018',
    values: ['2018', '2025'],
    summary: 'the CORS headers of the API: 2025 adds PATCH and credentials',
  },
  failLocalhostPreflight: {
    item: 30,
    default: false,
    summary: 'preflights from pages on localhost fail',
  },
  oauthCors: {
    item: 30,
    default: 'same',
    values: ['same', 'none'],
    summary: 'CORS headers of the OAuth endpoints: those of the API, or none; neither was recorded',
  },
}

/** The names of all switches, in the order of the table. */
export const SWITCH_NAMES: readonly (keyof Switches)[] = Object.keys(SWITCHES) as (keyof Switches)[]

/** All switches at their defaults. */
export function defaultSwitches(): Switches {
  return Object.fromEntries(SWITCH_NAMES.map(name => [name, SWITCHES[name].default])) as unknown as Switches
}

/**
 * Checks settings of switches that came from outside; `undefined` leaves a switch alone.
 *
 * @throws {TypeError} naming the switch that does not exist or the value that it cannot take.
 */
export function checkedSwitches(settings: object): Partial<Switches> {
  const known = Object.entries(settings).filter(([, value]) => value !== undefined)
  for (const [name, value] of known) checkSwitch(name, value)
  return Object.fromEntries(known)
}

function checkSwitch(name: string, value: unknown): void {
  argument(Object.hasOwn(SWITCHES, name), name, 'a known option')
  checkSetting(name, value, SWITCHES[name as keyof Switches] as Switch<unknown>)
}
