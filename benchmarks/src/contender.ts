// A contender is a module of `contenders/`, one for each library, with the same exports. Each uses the library as its
// documentation shows. What a library cannot do is data too: `{ cannot: 'why' }`.
import type { TokenStore } from '@latchkey/core'

/** The authorization server, and the client that requests tokens. */
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

/** A pending authorization request; `rest` is everything else that the library keeps until the redirect. */
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

/** Where tokens are kept: by hand, for libraries without stores, or in a store of Latchkey. */
export interface Places {
  readonly place: Place
  readonly store: TokenStore
}

/** Tokens that a library keeps. */
export interface Kept {
  /** Requests an access token for one caller. */
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

/** Prepares, once, a function that builds an authorization request. */
export type Begin = (server: Server) => Maybe<() => Maybe<Begun>>
/** Prepares, once, a function that checks a redirect and throws if it is wrong. */
export type Check = (server: Server) => Maybe<(redirect: string, begun: Begun) => unknown>
/** Prepares, once, a function that checks a redirect and exchanges its code. */
export type Exchange = (server: Server) => Maybe<(redirect: string, begun: Begun) => Promise<Saved>>
/** Prepares, once, a function that refreshes, through `fetch` if the library accepts one. */
export type Refresh = (
  server: Server,
  fetch?: typeof globalThis.fetch,
) => Maybe<(refresh_token: string) => Promise<Saved>>
/** Prepares, with tokens that are valid for an hour, a function that returns the access token. */
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
  /** Stores the first tokens for `keep`, if it does not find them in the place. */
  readonly sow?: ((server: Server, places: Places, saved: Saved) => Promise<void>) | undefined
}

export const HOUR_MS = 3_600_000

/** Converts tokens from the wire to their saved form; a refresh response may lack the refresh token. */
export function savedOf(response: object, refresh_token = ''): Saved {
  const { access_token, expires_in, ...rest } = response as Saved & { expires_in?: number }
  return {
    access_token,
    refresh_token: rest.refresh_token ?? refresh_token,
    expires_at: Date.now() + (expires_in ?? 0) * 1000,
  }
}
