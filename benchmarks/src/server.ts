import { type Emulator, type EmulatorOptions, simulateUser } from '@latchkey/emulator'
import { type Saved, savedOf, type Server } from './contender.ts'

/** A server with responses by RFC 6749 (Imgur's `scope: null` fails strict clients), which assumes theft when a refresh token is used twice. */
export const STRICT: EmulatorOptions = { era: 'docs', expiresIn: 3600, rotation: 'strict' }

/** Returns the settings of the emulator for contenders. */
export function serverOf({ url, client }: Emulator): Server {
  const { client_id, client_secret, redirect_uri } = client
  return {
    authorizationEndpoint: `${url}/oauth2/authorize`,
    tokenEndpoint: `${url}/oauth2/token`,
    client_id,
    client_secret,
    redirect_uri,
  }
}

/** Sends one request to the token endpoint, by hand. */
export async function askFor(server: Server, parameters: Record<string, string>): Promise<Response> {
  const { client_id, client_secret, tokenEndpoint } = server
  const body = new URLSearchParams({ client_id, client_secret, ...parameters })
  return fetch(tokenEndpoint, { method: 'POST', body })
}

/** Signs the emulator's user in, by hand. */
export async function signIn(emulator: Emulator): Promise<Saved> {
  const server = serverOf(emulator)
  const { account_username: username, password } = emulator.user
  const { client_id } = server
  const query = new URLSearchParams({ client_id, response_type: 'code', state: 'bench' })
  const redirect = await simulateUser({ username, password }).allow(
    `${server.authorizationEndpoint}?${query}`,
  )
  const code = new URL(redirect).searchParams.get('code')!
  const response = await askFor(server, { grant_type: 'authorization_code', code })
  return savedOf((await response.json()) as object)
}
