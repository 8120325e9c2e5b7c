import {
  type AssertionOptions,
  checkAssertionOptions,
  LIFETIME_S,
  serverClock,
  signAssertion,
} from '../signing/assertion.ts'
import { type PrivateKey, signerOf, type SigningAlgorithm } from '../signing/keys.ts'
import { checkOptionNames, checkType } from '../util/check-type.ts'
import { withoutClient as anonymous, withServerTime } from './provider-for.ts'
import { type TokenGrant, tokenGrant } from './token-grant.ts'

/** The options of `jwtBearer`. */
export interface JwtBearerOptions extends AssertionOptions {
  /** The private key: a `CryptoKey`, a JWK, or PEM text (PKCS #8). */
  readonly key: PrivateKey
  /** Default: the `alg` of a JWK, else what fits the key; for RSA `RS256`. */
  readonly alg?: SigningAlgorithm | undefined
  /** The id of the key at the server. Default: the `kid` of a JWK. */
  readonly kid?: string | undefined
  /** The `iss` of the assertion: who signs it. */
  readonly issuer: string
  /**
   * The `sub` of the assertion: whose tokens they are. The parameter `subject` of a sign-in, which is not sent, replaces it.
   */
  readonly subject?: string | undefined
  /** More members of the assertion, such as Google's `scope`. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** Send no `client_id` and do not authenticate the client: the assertion identifies it. Default false. */
  readonly withoutClient?: boolean | undefined
}

const OPTIONS = ['key', 'alg', 'kid', 'issuer', 'subject', 'audience', 'lifetime', 'claims', 'withoutClient']

/**
 * Obtains tokens with an assertion that a private key signs (RFC 7523 section 2.1): service accounts of Google, the JWT
 * bearer flow of Salesforce. For the option `grants` of a client. The assertion is new for each request, and is not stored.
 * Its `aud` is the issuer of the server, if the provider has one, else the token endpoint.
 *
 * @throws {TypeError} when an option is unknown, missing or wrong, or when `key` and `alg` do not fit.
 */
export function jwtBearer(options: JwtBearerOptions): TokenGrant {
  const owner = 'jwtBearer()'
  checkOptionNames(owner, Object(options), OPTIONS)
  const given = Object(options) as JwtBearerOptions
  const { key, alg, audience, lifetime = LIFETIME_S, withoutClient = false } = given
  for (const name of ['issuer', 'subject', 'kid'] as const)
    if (name === 'issuer' || given[name] !== undefined)
      checkType(`${name} of ${owner}`, given[name], 'string')
  checkType(`withoutClient of ${owner}`, withoutClient, 'boolean')
  checkAssertionOptions(owner, given)
  const members = given.claims ?? {}
  if (Object(members) !== members) throw new TypeError(`${owner} needs an object as its option 'claims'`)
  const signer = signerOf(owner, key, alg)
  const time = serverClock()
  return tokenGrant(async request => {
    const { provider } = request
    const { subject = given.subject, ...parameters } = request.parameters
    const iat = time.nowS(request)
    const assertion = await signAssertion(signer, given.kid ?? signer.kid, {
      ...members,
      iss: given.issuer,
      sub: subject ?? undefined,
      aud: audience ?? provider.issuer ?? provider.tokenEndpoint,
      iat,
      exp: iat + lifetime,
    })
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    return {
      parameters: { ...parameters, grant_type, assertion },
      provider: withServerTime(withoutClient ? anonymous(provider) : provider, time, request),
    }
  })
}
