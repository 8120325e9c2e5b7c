// `@latchkey/core/provider`: the parts of a description of an authorization server, and the functions that read one.
export { type ApiCredentials, apiCredentials, ApiOrigins, credentialsOf, type TokenSource } from './api.ts'
export { clientIdMetadataDocument } from '../functions/client-id-metadata.ts'
export {
  type ClientMetadata,
  register,
  type RegisterOptions,
  type Registration,
} from '../functions/register.ts'
export {
  discoverResource,
  type DiscoverResourceOptions,
  type ResourceMetadata,
} from '../resource/discover-resource.ts'
export { stepUpOf, type StepUpResponse } from '../resource/step-up.ts'
export type { DiscoverOptions } from './discover.ts'
export { endSession } from '../functions/end-session.ts'
export { githubInstallation, type GithubInstallationOptions } from '../grants/github-installation.ts'
export { jwtBearer, type JwtBearerOptions } from '../grants/jwt-bearer.ts'
export { tokenExchange, type TokenExchangeOptions, type TokenSupplier } from '../grants/token-exchange.ts'
export { type GrantedRequest, type GrantRequest, type TokenGrant, tokenGrant } from '../grants/token-grant.ts'
export { identify } from '../functions/identify.ts'
export { signInByGrant } from '../functions/sign-in-by-grant.ts'
export { type Identify, type IdentityContext, idTokenSubject, userinfo } from './identity.ts'
export { checkOrigin, endpoint, instanceName, originOf } from './addresses.ts'
export type {
  About,
  AlsoTokens,
  Api,
  AuthenticationRequest,
  ClientAuthentication,
  ErrorMeaning,
  Grant,
  Hosts,
  Meaning,
  Offline,
  Pkce,
  Quirks,
  RedirectParameters,
  RefreshReuse,
  RefreshTokenFacts,
  RequestQuirk,
  Revocation,
  TokenRejection,
  TokenResponseQuirk,
} from './provider.ts'
export {
  errorAt,
  errorsMeaning,
  expiresAt,
  formEncoded,
  nullMembers,
  redirectUriOnRefresh,
  renamed,
  scopeArray,
  scopeCommas,
  tokensIn,
  tokenTypeMissing,
  tokenTypes,
  without,
} from './quirk-functions.ts'
export { s256 } from '../pkce/s256.ts'
export { sameText } from '../util/constant-time.ts'
export { sha256 } from '../pkce/sha256.ts'
export {
  type ClientCredentials,
  type ClientProof,
  type ClientRequest,
  formRequest,
  type RequestContext,
  type RequestFormat,
} from '../wire/client-request.ts'
export type { Parameters } from '../wire/form.ts'
export {
  clientSecretBasic,
  clientSecretBasicAlways,
  clientSecretBasicRaw,
} from '../wire/client-secret-basic.ts'
export { appleClientSecret, type AppleClientSecretOptions } from '../signing/apple-client-secret.ts'
export type { AssertionOptions } from '../signing/assertion.ts'
export { clientAssertion } from '../signing/client-assertion.ts'
export { clientSecretJwt } from '../signing/client-secret-jwt.ts'
export type { Dpop, DpopOptions, NonceResponse, RequestProver, RequestToSign } from '../dpop/dpop.ts'
export type { CryptoKeyLike, PrivateJwk, PrivateKey, SigningAlgorithm } from '../signing/keys.ts'
export { privateKeyJwt, type PrivateKeyJwtOptions } from '../signing/private-key-jwt.ts'
export { revocation } from '../wire/revocation.ts'
export { type ApiResponse, isTokenRejected, mayRejectToken } from '../wire/token-rejection.ts'
