import type { ClientAuthentication } from '../provider/provider.ts'
import { checkOptionNames, checkType } from '../util/check-type.ts'
import { serverClock } from './assertion.ts'
import { type PrivateKey, signerOf } from './keys.ts'
import { signJwt } from './sign-jwt.ts'

/** The options of `appleClientSecret`, as Apple's developer account shows them. */
export interface AppleClientSecretOptions {
  /** The 10 characters of the team. */
  readonly teamId: string
  /** The 10 characters of the key. */
  readonly keyId: string
  /** The private key: the text of the file `AuthKey_....p8`, a JWK or a `CryptoKey`. */
  readonly key: PrivateKey
}

/** Apple accepts up to 15,777,000 s. A short one limits what a leaked secret is good for. */
const LIFETIME_S = 3_600
/** A secret is used again until it has less than this left, in s. */
const LEEWAY_S = 600

/**
 * Authenticates with Sign in with Apple: the `client_secret` is a JWT that the team's key signs with ES256. One is used for
 * 50 minutes.
 *
 * Claims: https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
 *
 * @throws {TypeError} when an option is unknown, missing or wrong.
 */
export function appleClientSecret(options: AppleClientSecretOptions): ClientAuthentication {
  const owner = 'appleClientSecret()'
  checkOptionNames(owner, Object(options), ['teamId', 'keyId', 'key'])
  const { teamId, keyId, key } = Object(options) as AppleClientSecretOptions
  checkType(`teamId of ${owner}`, teamId, 'string')
  checkType(`keyId of ${owner}`, keyId, 'string')
  const signer = signerOf(owner, key, 'ES256')
  const clock = serverClock()
  const cache = new Map<string, { readonly iat: number; readonly client_secret: string }>()
  const authenticate: ClientAuthentication = async request => {
    const { client_id } = request.credentials
    const now = clock.nowS(request)
    const cached = cache.get(client_id)
    // One of the far future was signed before the server's clock was known.
    if (cached && now > cached.iat - 60 && now < cached.iat + LIFETIME_S - LEEWAY_S)
      return { parameters: { client_id, client_secret: cached.client_secret } }
    const payload = {
      iss: teamId,
      iat: now,
      exp: now + LIFETIME_S,
      aud: 'https://appleid.apple.com',
      sub: client_id,
    }
    const client_secret = await signJwt(signer, { kid: keyId }, payload)
    cache.set(client_id, { iat: now, client_secret })
    return { parameters: { client_id, client_secret } }
  }
  return Object.assign(authenticate, { received: clock.received })
}
