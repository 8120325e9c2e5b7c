// What a contender is: a module of `contenders/` for each library, with the same exports, each in the library's
// documented usage. What a library cannot do is data too: `{ cannot: 'why' }`.
import type { TokenStore } from '@latchkey/core'

/** Where tokens come from, and who asks for them. */
export interface Server {
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly client_id: string
  readonly client_secret: string
  readonly redirect_uri: string
}

/** Tokens as an application saves them; `expires_at` is Unix time in ms. */
export interface Saved {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_at: number
}

/** An authorization request, on its way; `rest` is whatever else its library keeps until the redirect. */
export interface Begun {
  readonly url: string
  readonly state: string
  readonly code_verifier?: string
  readonly rest?: unknown
}

/** Where an application keeps tokens by hand, through the hooks of its library. */
export interface Place {
  load(): Promise<Saved | undefined>
  save(saved: Saved): Promise<void>
}

/** Where tokens are kept: by hand, for who has no stores, or in a store of ours. */
export interface Places {
  readonly place: Place
  readonly store: TokenStore
}

/** Tokens that a library keeps. */
export interface Kept {
  /** One caller asks for an access token. */
  accessToken(): Promise<string>
  /** The refresh token that would be used next. */
  refreshToken(): Promise<string | undefined>
}

export interface Cannot {
  readonly cannot: string
}
export type Ability<T> = T | Cannot

export function isCannot(ability: object): ability is Cannot {
  return 'cannot' in ability
}

type Maybe<T> = T | Promise<T>

/** Prepares, once; what it returns makes an authorization request. */
export type Begin = (server: Server) => Maybe<() => Maybe<Begun>>
/** Prepares, once; what it returns checks a redirect and throws if it is a wrong one. */
export type Check = (server: Server) => Maybe<(redirect: string, begun: Begun) => unknown>
/** Prepares, once; what it returns checks a redirect and exchanges its code. */
export type Exchange = (server: Server) => Maybe<(redirect: string, begun: Begun) => Promise<Saved>>
/** Prepares, once; what it returns refreshes, through `fetch` where the library lets its caller give one. */
export type Refresh = (
  server: Server,
  fetch?: typeof globalThis.fetch,
) => Maybe<(refresh_token: string) => Promise<Saved>>
/** Prepares, with tokens that are good for an hour; what it returns hands the access token out. */
export type CachedToken = () => Promise<() => Promise<unknown>>
export type Keep = (server: Server, places: Places) => Promise<Kept>

export interface Contender {
  /** The packages that a program needs, by name; none for one that is written by hand. */
  readonly packages: readonly string[]
  readonly begin: Ability<Begin>
  readonly beginPkce: Ability<Begin>
  readonly check: Ability<Check>
  readonly exchange: Ability<Exchange>
  readonly refresh: Ability<Refresh>
  readonly cachedToken: Ability<CachedToken>
  readonly keep: Ability<Keep>
  /** Puts the first tokens where `keep` finds them, for who does not find them in the place. */
  readonly sow?: ((server: Server, places: Places, saved: Saved) => Promise<void>) | undefined
}

export const HOUR_MS = 3_600_000

/** Tokens on the wire, as they are saved; an answer to a refresh may leave the refresh token out. */
export function savedOf(answer: object, refresh_token = ''): Saved {
  const { access_token, expires_in, ...rest } = answer as Saved & { expires_in?: number }
  return {
    access_token,
    refresh_token: rest.refresh_token ?? refresh_token,
    expires_at: Date.now() + (expires_in ?? 0) * 1000,
  }
}
