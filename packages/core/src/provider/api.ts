// Which requests of a program receive an access token, and how they carry it.
import { SignedOutError } from '../errors.ts'
import { platform } from '../platform.ts'
import type { RequestProver } from '../dpop/dpop.ts'
import type { AbortSignalLike } from '../ports/transport.ts'
import type { Tokens } from '../tokens.ts'
import { own } from '../util/own.ts'
import { checkOrigin } from './addresses.ts'
import type { Api, Provider } from './provider.ts'

/** The source of access tokens: a `Client`, or the result of `keepTokens`. */
export interface TokenSource {
  /** Returns a valid access token. */
  accessToken(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<string>
  /** Call this when an API rejects the token. Resolves to a new one. */
  rejected(accessToken: string, options?: { readonly signal?: AbortSignalLike | undefined }): Promise<string>
  /** Returns the stored tokens. Required if the provider's `api.origins` is a function. */
  tokens?(): Promise<Tokens | undefined>
  /** Says which origins receive the token, and in which header. Default: none, as `Bearer`. */
  readonly provider?: Provider
  /** For headers that contain `{client_id}`. */
  readonly client_id?: string | null
  /** For headers that contain `{mashape_key}` (Imgur's `X-Mashape-Key`). */
  readonly mashape_key?: string | null
  /** Signs the requests, if the tokens may be bound to a key. */
  readonly dpop?: RequestProver | undefined
}

/** What a request to an API carries. */
export interface ApiCredentials {
  /** `undefined` for an account without tokens at an API that accepts that. */
  readonly access_token: string | undefined
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Returns what a request to an API carries.
 *
 * @throws what `source.accessToken` throws.
 */
export async function apiCredentials(
  source: TokenSource,
  options?: { readonly signal?: AbortSignalLike | undefined },
): Promise<ApiCredentials> {
  const { anonymous } = source.provider?.api ?? {}
  try {
    return credentialsOf(source, await source.accessToken(options))
  } catch (error) {
    if (anonymous === undefined || !(error instanceof SignedOutError)) throw error
    return credentialsOf(source, undefined)
  }
}

/** Returns what a request carries with this access token, or with none. */
export function credentialsOf(
  { provider, client_id, mashape_key }: Pick<TokenSource, 'provider' | 'client_id' | 'mashape_key'>,
  access_token: string | undefined,
): ApiCredentials {
  const { headers, scheme = 'Bearer', anonymous } = provider?.api ?? {}
  const authorization = access_token === undefined ? anonymous : scheme !== null && `${scheme} {access_token}`
  const values = { access_token, client_id, mashape_key }
  const filled = Object.entries({ ...(authorization && { authorization }), ...headers }).flatMap(
    ([name, template]) => {
      const isComplete = placeholdersOf(template).every(value => own(values, value))
      return isComplete ? [[name.toLowerCase(), fill(template, values)]] : []
    },
  )
  return { access_token, headers: Object.fromEntries(filled) as Record<string, string> }
}

const PLACEHOLDER = /\{(\w+)\}/g

/** Returns the names of the values that a header contains. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name)
}

function fill(template: string, values: object): string {
  return template.replace(PLACEHOLDER, (_, name: string) => String(own(values, name)))
}

/** The beginning of an origin that stands for all hosts below a domain. */
export const WILDCARD = 'https://*.'

/** A URL that parsing does not change, up to its query. */
const NORMALIZED_URL = /^[\w/:.~%-]+(?:[?#]|$)/
const DOT_SEGMENT = /\/(?:\.|%2e)/i

/** What a wildcard stands for. Parsing lets other characters pass, which readers misread. */
const HOSTS_BELOW = /^https:\/\/[a-z\d_-]+(?:\.[a-z\d_-]+)*$/

/** Whether `origin` is in a list of API origins. */
function isListed(list: readonly string[], origin: string): boolean {
  return list.some(allowed => {
    if (!allowed.startsWith(WILDCARD)) return allowed === origin
    const suffix = allowed.slice(WILDCARD.length - 1)
    return origin.endsWith(suffix) && HOSTS_BELOW.test(origin.slice(0, -suffix.length))
  })
}

/** The origins whose requests receive the access tokens of a source: those of its provider's API, and others. */
export class ApiOrigins {
  readonly #source: TokenSource
  readonly #api: Partial<Api>
  readonly #listed: readonly string[]
  readonly #endpoints: readonly string[]

  /** @throws {TypeError} when one of the other origins is invalid. */
  constructor(source: TokenSource, others: readonly string[] = []) {
    const { provider } = source
    others.forEach((origin, index) => checkOrigin(`origins[${index}]`, origin))
    this.#source = source
    this.#api = provider?.api ?? {}
    const { origins } = this.#api
    this.#listed = [...(Array.isArray(origins) ? (origins as readonly string[]) : []), ...others]
    this.#endpoints = Object.entries(provider ?? {}).flatMap(([name, value]) =>
      /(?<!^userinfo)Endpoint$/.test(name) && typeof value === 'string'
        ? withoutQuery(new platform.URL(value))
        : [],
    )
  }

  /** Whether no request receives a token. */
  get isEmpty(): boolean {
    return this.#listed.length === 0 && typeof this.#api.origins !== 'function'
  }

  /**
   * Returns whether a request to `url` receives the access token. The authorization server's endpoints never do. A promise
   * is returned only where the origins depend on the tokens; it rejects as `accessToken` does.
   */
  covers(url: string): boolean | Promise<boolean> {
    // Avoids parsing, which takes as long as all the rest.
    if (NORMALIZED_URL.test(url) && !DOT_SEGMENT.test(url))
      for (const origin of this.#listed)
        if (url.startsWith(origin) && url[origin.length] === '/')
          return !this.#endpoints.includes(url.split(/[?#]/, 1)[0]!)
    let parsed
    try {
      parsed = new platform.URL(url)
    } catch {
      return false // fetch reports the error
    }
    if (this.#endpoints.includes(withoutQuery(parsed))) return false
    const { origin, href } = parsed
    // A `blob:` URL has the origin of its page. A user name misleads readers.
    if (!href.startsWith(`${origin}/`)) return false
    const { origins, originPattern } = this.#api
    if (isListed(this.#listed, origin)) return true
    return typeof origins === 'function' && !!originPattern?.test(origin) && this.#isFound(origins, origin)
  }

  /** Whether the tokens in use name `origin`. */
  async #isFound(find: (tokens: Tokens) => unknown, origin: string): Promise<boolean> {
    await this.#source.accessToken() // the stored tokens may have ended
    const tokens = await this.#source.tokens?.()
    return !!tokens && [find(tokens)].flat().includes(origin)
  }
}

/** Returns origin and path of a URL. */
function withoutQuery({ origin, pathname }: { readonly origin: string; readonly pathname: string }): string {
  return origin + pathname
}
