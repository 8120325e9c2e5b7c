import { randomHex } from './random.ts'
import { argument, isRecord, isVisible } from './validate.ts'

/** A client registered with the emulator (RFC 6749 section 2). */
export interface RegisteredClient {
  /** Imgur's are 15 lower-case hex characters. */
  readonly client_id: string
  /** Imgur's are 40 lower-case hex characters. */
  readonly client_secret: string
  /** The redirect URI: http, https or a private-use scheme. */
  readonly redirect_uri: string
}

/** A user with an account on the emulator. */
export interface User {
  /** A number in JSON, as in Imgur's responses. */
  readonly account_id: number
  /** The name that the user types to sign in. */
  readonly account_username: string
  /** The password that the user types to sign in. */
  readonly password: string
}

/** The clients and users of the emulator. */
export interface Registry {
  /** By `client_id`. */
  readonly clients: ReadonlyMap<string, RegisteredClient>
  /** By `account_username`. */
  readonly users: ReadonlyMap<string, User>
  /** Adds a client while the emulator runs. @throws {TypeError} as {@link createRegistry} does. */
  addClient(client: ClientOptions): RegisteredClient
}

/** A client to register. Omitted credentials are generated; the default `redirect_uri` is Imgur's home page. */
export type ClientOptions = Partial<RegisteredClient>

/** The redirect URI of applications registered "without a callback URL" (documented). */
export const NO_CALLBACK = 'https://imgur.com/'

/** The client of the examples in the documentation of the npm package `@rmp135/imgur`. */
export const DEFAULT_CLIENT: RegisteredClient = {
  client_id: '43652b743b5a7a0',
  client_secret: '0f5c1d3e7a9b2468ace013579bdf02468ace1357',
  redirect_uri: NO_CALLBACK,
}

/** The user of these examples. */
export const DEFAULT_USER: User = {
  account_id: 4118974,
  account_username: 'rmp135',
  password: 'latchkey',
}

/**
 * Creates the registry.
 *
 * @throws {TypeError} when an entry is invalid or repeated, or when there are no clients or no users.
 */
export function createRegistry(
  clients: readonly ClientOptions[] = [DEFAULT_CLIENT],
  users: readonly User[] = [DEFAULT_USER],
): Registry {
  argument(Array.isArray(clients) && clients.length > 0, 'clients', 'an array of at least one client')
  argument(Array.isArray(users) && users.length > 0, 'users', 'an array of at least one user')
  const byId = new Map<string, RegisteredClient>()
  const byName = new Map<string, User>()

  const addClient = (given: ClientOptions, name = 'client'): RegisteredClient => {
    const client = parseClient(given, name)
    argument(!byId.has(client.client_id), `${name}.client_id`, 'registered only once')
    byId.set(client.client_id, client)
    return client
  }
  clients.forEach((client, index) => addClient(client, `clients[${index}]`))
  users.forEach((user, index) => {
    const checked = parseUser(user, `users[${index}]`)
    argument(!byName.has(checked.account_username), `users[${index}].account_username`, 'given only once')
    byName.set(checked.account_username, checked)
  })
  return { clients: byId, users: byName, addClient: client => addClient(client) }
}

function parseClient(given: ClientOptions, name: string): RegisteredClient {
  argument(isRecord(given), name, 'an object { client_id, client_secret, redirect_uri }')
  const { client_id = randomHex(15), client_secret = randomHex(40), redirect_uri = NO_CALLBACK } = given
  argument(isVisible(client_id), `${name}.client_id`, 'a string of visible ASCII characters')
  argument(isVisible(client_secret), `${name}.client_secret`, 'a string of visible ASCII characters')
  argument(isRedirectUri(redirect_uri), `${name}.redirect_uri`, 'an absolute URL without a fragment')
  return { client_id, client_secret, redirect_uri }
}

function parseUser(given: User, name: string): User {
  argument(isRecord(given), name, 'an object { account_id, account_username, password }')
  const { account_id, account_username, password } = given
  argument(Number.isSafeInteger(account_id), `${name}.account_id`, 'a whole number')
  argument(isVisible(account_username), `${name}.account_username`, 'a string of visible ASCII characters')
  argument(typeof password === 'string' && password !== '', `${name}.password`, 'a string that is not empty')
  return { account_id, account_username, password }
}

/** Returns whether a value is an absolute URL without a fragment (RFC 6749 section 3.1.2) that fits into a header. */
export function isRedirectUri(value: unknown): value is string {
  return isVisible(value) && URL.canParse(value) && !value.includes('#')
}
