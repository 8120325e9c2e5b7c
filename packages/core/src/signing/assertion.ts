// What the client authentications by JWT share (RFC 7521 section 4.2, RFC 7523 section 3).
import { systemCrypto } from '../platform.ts'
import type { AuthenticationRequest, ClientAuthentication } from '../provider/provider.ts'
import { checkType } from '../util/check-type.ts'
import { randomText } from '../util/random-text.ts'
import type { ClientProof } from '../wire/client-request.ts'
import { type JwtSigner, signJwt } from './sign-jwt.ts'

/** What an assertion says about itself. */
export interface AssertionOptions {
  /** The audience. Default: the issuer, if the provider has one, else the URL of the token endpoint. */
  readonly audience?: string | undefined
  /** How long an assertion is valid, in s. Default 60. */
  readonly lifetime?: number | undefined
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** How long an assertion is valid by default, in s. */
export const LIFETIME_S = 60

/** A clock that follows the `Date` of responses. Only proofs use it: a server rejects one that is not valid yet, or no longer. */
export interface ServerClock {
  /** Returns the Unix time in s. */
  nowS(request: Pick<AuthenticationRequest, 'clock'>): number
  readonly received: NonNullable<ClientAuthentication['received']>
}

/** Returns a clock that follows the server's. */
export function serverClock(): ServerClock {
  let aheadMs = 0
  return {
    nowS: ({ clock }) => Math.floor((clock.nowMs() + aheadMs) / 1000),
    received({ headers }, nowMs) {
      const dateMs = Date.parse(headers['date'] ?? '')
      if (!Number.isNaN(dateMs)) aheadMs = dateMs - nowMs
    },
  }
}

/** @throws {TypeError} when an option of `owner` is of the wrong type. */
export function checkAssertionOptions(owner: string, { audience, lifetime }: AssertionOptions): void {
  if (audience !== undefined) checkType(`audience of ${owner}`, audience, 'string')
  if (lifetime === undefined) return
  checkType(`lifetime of ${owner}`, lifetime, 'number')
  if (!(lifetime >= 1 && lifetime <= 86_400))
    throw new TypeError(`lifetime of ${owner} must be a number of seconds, from 1 to 86400`)
}

/** Returns what authenticates a client by an assertion (RFC 7521 section 4.2). */
export function withAssertion(client_id: string, client_assertion: string): ClientProof {
  return { parameters: { client_id, client_assertion_type: ASSERTION_TYPE, client_assertion } }
}

/** Returns an assertion with these members, and a random `jti`. */
export function signAssertion(signer: JwtSigner, kid: string | undefined, members: object): Promise<string> {
  return signJwt(signer, { typ: 'JWT', kid }, { jti: randomText(systemCrypto), ...members })
}

/** Returns a client authentication that signs an assertion for each request. */
export function signedAssertion(
  signerFor: (request: AuthenticationRequest) => JwtSigner | Promise<JwtSigner>,
  kid: string | undefined,
  { audience, lifetime = LIFETIME_S }: AssertionOptions,
): ClientAuthentication {
  const clock = serverClock()
  const authenticate: ClientAuthentication = async request => {
    const { credentials, provider, to, url } = request
    const { client_id } = credentials
    const iat = clock.nowS(request)
    // The issuer alone: an assertion for one endpoint could be used at another server that names the same one.
    const aud = audience ?? provider.issuer ?? (to === 'token' ? url : provider.tokenEndpoint)
    const members = { iss: client_id, sub: client_id, aud, iat, exp: iat + lifetime }
    return withAssertion(client_id, await signAssertion(await signerFor(request), kid, members))
  }
  return Object.assign(authenticate, { received: clock.received })
}
