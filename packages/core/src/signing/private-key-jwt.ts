import type { ClientAuthentication } from '../provider/provider.ts'
import { checkOptionNames, checkType } from '../util/check-type.ts'
import { type AssertionOptions, checkAssertionOptions, signedAssertion } from './assertion.ts'
import { type PrivateKey, signerOf, type SigningAlgorithm } from './keys.ts'

/** The options of `privateKeyJwt`. */
export interface PrivateKeyJwtOptions extends AssertionOptions {
  /** The private key: a `CryptoKey`, a JWK, or PEM text (PKCS #8). */
  readonly key: PrivateKey
  /** Default: the `alg` of a JWK, else what fits the key; for RSA `RS256`. */
  readonly alg?: SigningAlgorithm | undefined
  /** The id of the key at the server. Default: the `kid` of a JWK. */
  readonly kid?: string | undefined
}

/**
 * Authenticates with `private_key_jwt`: a JWT that the client's private key signs (RFC 7523 section 2.2). Its `aud` is the
 * issuer, if the provider has one, else the token endpoint.
 *
 * @throws {TypeError} when an option is unknown or wrong, or when `key` and `alg` do not fit.
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAuthentication {
  const owner = 'privateKeyJwt()'
  checkOptionNames(owner, Object(options), ['key', 'alg', 'kid', 'audience', 'lifetime'])
  const { key, alg, kid, ...assertion } = Object(options) as PrivateKeyJwtOptions
  if (kid !== undefined) checkType(`kid of ${owner}`, kid, 'string')
  checkAssertionOptions(owner, assertion)
  const signer = signerOf(owner, key, alg)
  return signedAssertion(() => signer, kid ?? signer.kid, assertion)
}
