import { type Emulator, type EmulatorOptions, simulateUser } from '@latchkey/emulator'
import { type Saved, savedOf, type Server } from './contender.ts'

/** A server that holds to RFC 6749 in its answers (Imgur's `scope: null` fails strict clients), and takes a refresh token spent twice for theft. */
export const STRICT: EmulatorOptions = { era: 'docs', expiresIn: 3600, rotation: 'strict' }

/** The emulator as contenders are told of it. */
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

/** One request to the token endpoint, by hand. */
export async function askFor(server: Server, parameters: Record<string, string>): Promise<Response> {
  const { client_id, client_secret, tokenEndpoint } = server
  const body = new URLSearchParams({ client_id, client_secret, ...parameters })
  return fetch(tokenEndpoint, { method: 'POST', body })
}

/** Signs the emulator's person in, by hand. */
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
