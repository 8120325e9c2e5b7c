import type { Setting } from './settings.ts'
import { checkSetting } from './settings.ts'
import { argument } from './validate.ts'

/**
 * The switches of the emulator. `startEmulator({ ... })` and the control endpoint use these names; the command line
 * uses kebab-case. {@link SWITCHES} describes each.
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
  rejectLocalhost: boolean
  requireSecret: boolean
  codeLifetimeMs: number
  era: '2014' | '2016' | '2021' | 'docs'
  expiresIn: number
  omitRefreshToken: 'never' | 'on-refresh' | 'always'
  rotation: RotationName
  graceMs: number
  singleSession: boolean
  actualExpiryMs: number
  oauthRateLimitHeaders: boolean
  rejectedTokenStatus: '403' | '401' | '429'
  userCredits: number
  clientCredits: number
  addclient: 'home' | 'form'
  apiCors: '2018' | '2025'
  failLocalhostPreflight: boolean
  oauthCors: 'same' | 'none'
}

/** What the server does with a used refresh token. README.md and `state/rotation.ts` describe each. */
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

/** The description of one switch. */
export interface Switch<T> extends Setting<T> {
  /** The number of the item of Imgur's behaviour that it belongs to. Tests cite the same number. */
  readonly item: number
  /** What it does, in one line for `--switches`. */
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

/** All switches. The defaults are Imgur's recorded behaviour, or the most likely one if nothing was recorded. */
export const SWITCHES: { readonly [Name in keyof Switches]: Switch<Switches[Name]> } = {
  authorizeErrors: {
    item: 3,
    default: 'recorded',
    values: ['recorded', 'json', 'pages'],
    summary:
      'errors of the authorize page: as recorded (a page for a bad client_id and for browsers, JSON for the rest), all JSON, or all pages',
  },
  redirectMatch: {
    item: 4,
    default: 'prefix',
    values: ['prefix', 'strict'],
    summary: 'redirect_uri must start with the registered one, ignoring case, or equal it',
  },
  redirectMismatch: {
    item: 4,
    default: 'sentence',
    values: ['sentence', 'code'],
    summary: 'the error for a wrong redirect_uri is a sentence, or redirect_uri_mismatch',
  },
  rememberLogin: {
    item: 5,
    default: true,
    summary: 'a user who has signed in sees only the Allow button next time',
  },
  stateIn: {
    item: 10,
    default: 'query',
    values: ['query', 'fragment', 'both'],
    summary: 'the part of the redirect with the state in the token flow',
  },
  fragmentOrder: {
    item: 10,
    default: 'real',
    values: ['real', 'docs'],
    summary: 'the fragment of the token flow: as recorded, or the three fields in the documentation',
  },
  pinLifetimeMs: { item: 11, default: 600_000, summary: 'how long a PIN is valid' },
  errorIn: {
    item: 12,
    default: 'query',
    values: ['query', 'fragment-for-token'],
    summary: 'the part of the redirect with error=access_denied',
  },
  errorDescription: { item: 12, default: false, summary: 'a denial includes error_description' },
  emptyRedirectToSelf: {
    item: 13,
    default: false,
    summary: 'an empty redirect_uri redirects to the authorize page itself',
  },
  rejectLocalhost: {
    item: 14,
    default: false,
    summary: 'a callback on the host localhost is rejected after Allow',
  },
  requireSecret: {
    item: 16,
    default: true,
    summary: 'the token endpoint requires client_secret; false accepts its absence, but not a wrong one',
  },
  codeLifetimeMs: { item: 17, default: 30_000, summary: 'how long a code is valid' },
  era: {
    item: 20,
    default: '2021',
    values: ['2014', '2016', '2021', 'docs'],
    summary:
      'the token response of that year, with expires_in of 1 hour, 28 days or 10 years; or of the docs',
  },
  expiresIn: { item: 20, default: 0, summary: 'expires_in in seconds; 0 uses the value of the era' },
  omitRefreshToken: {
    item: 20,
    default: 'never',
    values: ['never', 'on-refresh', 'always'],
    summary: 'omits refresh_token from the token response',
  },
  rotation: {
    item: 21,
    default: 'rotate-keep-old',
    values: ROTATIONS,
    summary: 'what happens to a used refresh token',
  },
  graceMs: {
    item: 21,
    default: 30_000,
    summary:
      'how long a used refresh token stays valid with the grace rotations, unless its successor is used first',
  },
  singleSession: {
    item: 22,
    default: false,
    summary: 'a new sign-in ends the earlier access tokens of the same client and account',
  },
  actualExpiryMs: {
    item: 23,
    default: 0,
    summary: 'access tokens expire after this time instead of expires_in; 0 uses expires_in',
  },
  oauthRateLimitHeaders: {
    item: 25,
    default: false,
    summary: 'X-RateLimit headers on the token endpoint too',
  },
  rejectedTokenStatus: {
    item: 26,
    default: '403',
    values: ['403', '401', '429'],
    summary: 'the status with which the API rejects an access token',
  },
  userCredits: { item: 27, default: 500, summary: 'X-RateLimit-UserLimit: credits per user and hour' },
  clientCredits: {
    item: 27,
    default: 12_500,
    summary: 'X-RateLimit-ClientLimit: credits per client and day; then 429',
  },
  addclient: {
    item: 29,
    default: 'home',
    values: ['home', 'form'],
    summary: 'registering an application redirects to the front page, as since 2025, or shows a form',
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
    summary: 'the CORS headers of the OAuth endpoints: those of the API, or none; not recorded',
  },
}

/** The names of all switches, in the order of the table. */
export const SWITCH_NAMES: readonly (keyof Switches)[] = Object.keys(SWITCHES) as (keyof Switches)[]

/** Returns all switches with their defaults. */
export function defaultSwitches(): Switches {
  return Object.fromEntries(SWITCH_NAMES.map(name => [name, SWITCHES[name].default])) as unknown as Switches
}

/**
 * Validates settings of switches and drops those that are `undefined`.
 *
 * @throws {TypeError} when a switch is unknown or a value is invalid; the message names it.
 */
export function parseSwitches(settings: object): Partial<Switches> {
  const known = Object.entries(settings).filter(([, value]) => value !== undefined)
  for (const [name, value] of known) checkSwitch(name, value)
  return Object.fromEntries(known)
}

function checkSwitch(name: string, value: unknown): void {
  argument(Object.hasOwn(SWITCHES, name), name, 'a known option')
  checkSetting(name, value, SWITCHES[name as keyof Switches] as Switch<unknown>)
}
