import type { Registry } from './registry.ts'
import { DEFAULT_CLIENT, DEFAULT_USER } from './registry.ts'
import type { OneTimeGrants } from './state/one-time.ts'
import type { Tokens } from './state/tokens.ts'

/** Example values from the documentation of the npm package `@rmp135/imgur`, for the default client and user. */
const DOCUMENTED = {
  code: 'd2a73efa3c92ba24a1285eddeb3c06b7abcf44b2',
  pin: '4118974',
  access_token: 'c6f67dc9be42c74cfb052a640d51b056d9a06c42',
  refresh_token: '94294ec17cf55ac9650f0e040649d8985cf624d4',
} as const

/**
 * Registers the documented examples. Code and PIN never expire and work once each. Does nothing if the client or
 * the user of the examples is not registered.
 */
export function registerDocumentedExamples(
  registry: Registry,
  state: { codes: OneTimeGrants; pins: OneTimeGrants; tokens: Tokens },
): void {
  const client = registry.clients.get(DEFAULT_CLIENT.client_id)
  const user = registry.users.get(DEFAULT_USER.account_username)
  if (!client || !user) return
  const { client_id, redirect_uri } = client
  const { code, pin, access_token, refresh_token } = DOCUMENTED
  const grant = { client_id, user, redirect_uri, expiresAtMs: Infinity }
  state.codes.add(code, grant)
  state.pins.add(pin, grant)
  state.tokens.add(client_id, { access_token, refresh_token, user })
}
