// `@latchkey/core/provider`: the parts of a description of an authorization server, and the functions that read one.
export type { DiscoverOptions } from './discover.ts'
export { type Identify, type IdentityContext, idTokenSubject, userinfo } from './identity.ts'
export {
  checkOrigin,
  endpoint,
  instanceName,
  originOf,
  type ClientAuthentication,
  type Grant,
  type Meaning,
  type Pkce,
  type Quirks,
  type RefreshReuse,
  type Revocation,
  type TokenRejection,
  type TokenResponseQuirk,
} from './provider.ts'
export {
  errorAt,
  formEncoded,
  nullMembers,
  renamed,
  scopeArray,
  scopeCommas,
  tokensIn,
  tokenTypeMissing,
  tokenTypes,
} from './token-response-quirks.ts'
export { s256 } from '../pkce/s256.ts'
export { sha256 } from '../pkce/sha256.ts'
export { type ClientCredentials, type ClientRequest, formRequest } from '../wire/client-request.ts'
export {
  clientSecretBasic,
  clientSecretBasicAlways,
  clientSecretBasicJson,
  clientSecretBasicRaw,
} from '../wire/client-secret-basic.ts'
export { type ApiResponse, isTokenRejected, mayRejectToken } from '../wire/token-rejection.ts'
