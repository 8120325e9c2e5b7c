// What a program says about its routes, checked.
import type { Client, Tokens } from '@latchkey/core'
import { checkOptionNames, type Logger } from '@latchkey/core/ports'

/** A session of one browser. */
export interface Session {
  /** Random; new with every sign-in. */
  readonly sid: string
  /** The account at each provider, by the provider's name in the routes. */
  readonly accounts: Readonly<Record<string, string>>
}

/** A sign-in that succeeded. */
export interface SignIn {
  /** The session that begins, with the account in it. */
  readonly session: Session
  /** The provider's name in the routes. */
  readonly provider: string
  /** The name of the account in the store, as in `session.accounts`. */
  readonly account: string
  /** They are stored already. */
  readonly tokens: Tokens
  /** Other parameters of the redirect. Anybody can change them. */
  readonly redirect: Readonly<Record<string, string>>
  /** The redirect that ended the sign-in. */
  readonly request: Request
}

/** The options of `signInRoutes`. */
export interface SignInRoutesOptions {
  /**
   * Seals the session cookie: at least 32 random characters, the same in all processes. Of several, the first seals, and all
   * open, so that a secret can be replaced.
   */
  readonly secret: string | readonly string[]
  /** Where the routes are, as this program sees it. Default `/auth`. */
  readonly path?: string | undefined
  /**
   * Returns what identifies the user of tokens. Required for a provider whose description has no `identity`; `identify`
   * returns what it says.
   */
  readonly account?:
    ((provider: string, tokens: Tokens, identify: () => Promise<unknown>) => Promise<string>) | undefined
  /** Called before the session begins: enter the user into your own table here. What it throws ends the sign-in. */
  readonly onSignIn?: ((signIn: SignIn) => void | Promise<void>) | undefined
  /** Responds to a failed sign-in. Default: a plain page. */
  readonly onError?:
    ((error: unknown, request: Request) => Response | undefined | Promise<Response | undefined>) | undefined
  /** Receives what fails and is no fault of the user, with status 500 or 503. Default: `console`. */
  readonly logger?: Logger | undefined
  /** Serve `POST .../token`, which gives a page of this origin its access token. Default false. */
  readonly tokenRoute?: boolean | undefined
  /** Accept http on localhost. Default false. */
  readonly development?: boolean | undefined
}

/** A provider of the routes. */
export interface Registered {
  /** Signs the users in. Its store keeps their tokens. */
  readonly client: Client
  /** The first part of its routes: `/auth/github`, or `/auth` if it is the only one. */
  readonly base: string
}

/** The checked options. */
export interface Routes {
  readonly clients: ReadonlyMap<string, Registered>
  /** The origin that users see. */
  readonly origin: string
  /** What precedes `path` for users: a proxy removes it. */
  readonly prefix: string
  readonly path: string
  readonly isSingle: boolean
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/i
const RESERVED = ['login', 'logout', 'token', 'callback', 'connect']
const LOOPBACK = /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/

/** @throws {TypeError} that names what is wrong, and what it should be. */
export function readOptions(
  given: Client | Readonly<Record<string, Client>>,
  options: SignInRoutesOptions,
): Routes {
  checkOptionNames('signInRoutes()', options, [
    'secret',
    'path',
    'account',
    'onSignIn',
    'onError',
    'tokenRoute',
    'logger',
    'development',
  ])
  const { path = '/auth', development = false } = options
  if (!/^(\/[\w.~-]+)+$/.test(path))
    throw new TypeError("path must be like '/auth', without a slash at its end")
  const isSingle = isClient(given)
  const named = isSingle ? { [nameOf(given)]: given } : (given as Readonly<Record<string, Client>>)
  const entries = Object.entries(named)
  if (entries.length === 0 || !entries.every(([, client]) => isClient(client)))
    throw new TypeError('pass a Client, or an object of Clients by the names of their providers')
  let origin: string | undefined
  let prefix: string | undefined
  const clients = new Map<string, Registered>()
  for (const [name, client] of entries) {
    if (!isSingle && (!NAME.test(name) || RESERVED.includes(name)))
      throw new TypeError(
        `'${name}' cannot name a provider: use letters, digits, - and _, and none of ${RESERVED.join(', ')}`,
      )
    const base = isSingle ? path : `${path}/${name}`
    const expected = `${base}/callback`
    const uri = URL.canParse(client.redirect_uri ?? '') ? new URL(client.redirect_uri!) : undefined
    if (!uri?.pathname.endsWith(expected))
      throw new TypeError(
        `the redirect_uri of '${name}' must end with ${expected}, such as https://app.example${expected}`,
      )
    if (uri.protocol !== 'https:' && !(development && LOOPBACK.test(uri.origin)))
      throw new TypeError(
        `the redirect_uri of '${name}' must be https; with development: true, http on localhost is accepted`,
      )
    if (!options.account && client.provider.identity === undefined)
      throw new TypeError(
        `nothing tells whose the tokens of '${name}' are: pass the option account, or describe the identity of '${name}'`,
      )
    const before = uri.pathname.slice(0, -expected.length)
    if ((origin ?? uri.origin) !== uri.origin || (prefix ?? before) !== before)
      throw new TypeError(
        'all redirect_uris must have one origin, and one path before the path of the routes',
      )
    ;[origin, prefix] = [uri.origin, before]
    clients.set(name, { client, base })
  }
  return { clients, origin: origin!, prefix: prefix!, path, isSingle }
}

function isClient(value: unknown): value is Client {
  return typeof (value as Partial<Client> | undefined)?.Authorize?.complete === 'function'
}

/** The name of the only provider: that of its description, which may be a host. */
function nameOf({ provider }: Client): string {
  return provider.name
}
