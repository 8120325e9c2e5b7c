import { platform } from '../platform.ts'
import type { ClientAuthentication } from '../provider/provider.ts'
import { checkOptionNames } from '../util/check-type.ts'
import { type AssertionOptions, checkAssertionOptions, signedAssertion } from './assertion.ts'
import { SigningError } from './authenticate.ts'
import { webCrypto } from './sign-jwt.ts'

const HS256 = { name: 'HMAC', hash: 'SHA-256' } as const

/**
 * Authenticates with `client_secret_jwt`: a JWT that the `client_secret` signs with HS256 (OpenID Connect Core section 9), so
 * that the secret itself is not sent.
 *
 * @throws {TypeError} when an option is unknown or wrong.
 */
export function clientSecretJwt(options: AssertionOptions = {}): ClientAuthentication {
  const owner = 'clientSecretJwt()'
  checkOptionNames(owner, options, ['audience', 'lifetime'])
  checkAssertionOptions(owner, options)
  return signedAssertion(
    async ({ credentials: { client_secret } }) => {
      if (!client_secret) throw new SigningError(`by ${owner} needs a client_secret`)
      const subtle = webCrypto()
      const bytes = new platform.TextEncoder().encode(client_secret)
      const key = await subtle.importKey('raw', bytes, HS256, false, ['sign'])
      return { alg: 'HS256', sign: data => subtle.sign(HS256, key, data) }
    },
    undefined,
    options,
  )
}
