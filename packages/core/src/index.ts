export { Client } from './client/client.ts'
export type { Authorize } from './sign-in/authorize.ts'
export { type Defaults, setDefaults } from './client/defaults.ts'
export type { ClientOptions } from './client/options.ts'
export { keepTokens, type KeepTokensOptions } from './keeping/keep-tokens.ts'
export { type AccountStatus, KeptTokens } from './keeping/kept-tokens.ts'
export type { Pending } from './sign-in/pending.ts'
export type { Completed, CompleteOptions, SaveOptions } from './sign-in/stored-flow.ts'
export type { SavedFlow, UnresumableFlow } from './sign-in/saved-flow.ts'

export type {
  TokenResponseQuirk,
  ClientAuthentication,
  Grant,
  Meaning,
  Pkce,
  Provider,
  Quirks,
  TokenRejection,
} from './provider.ts'

// Servers that are described here; docs/providers.md has a table of them.
export { bitbucket } from './providers/bitbucket.ts'
export { discord } from './providers/discord.ts'
export { dropbox } from './providers/dropbox.ts'
export { facebook } from './providers/facebook.ts'
export { github } from './providers/github.ts'
export { gitlab } from './providers/gitlab.ts'
export { google } from './providers/google.ts'
export { imgur } from './providers/imgur.ts'
export { linkedin } from './providers/linkedin.ts'
export { mastodon } from './providers/mastodon.ts'
export { microsoft } from './providers/microsoft.ts'
export { notion } from './providers/notion.ts'
export { reddit } from './providers/reddit.ts'
export { slack } from './providers/slack.ts'
export { spotify } from './providers/spotify.ts'
export { twitch } from './providers/twitch.ts'
export { x } from './providers/x.ts'

// Any other server.
export { defineProvider } from './discovery/define-provider.ts'
export type { ProviderDescription } from './discovery/description.ts'
export { discover, type DiscoverOptions } from './discovery/discover.ts'
export { clientCredentials } from './functions/client-credentials.ts'
export { deviceAuthorization, type PendingDevice } from './functions/device-authorization.ts'
export { introspect, type Introspection } from './functions/introspect.ts'
export { pushAuthorization } from './functions/push-authorization.ts'
export { revoke } from './functions/revoke.ts'
export { forResource } from './discovery/for-resource.ts'
export { s256 } from './pkce/s256.ts'
export { sha256 } from './pkce/sha256.ts'
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
} from './quirks/token-response.ts'
export {
  clientSecretBasic,
  clientSecretBasicAlways,
  clientSecretBasicJson,
  clientSecretBasicRaw,
} from './wire/client-secret-basic.ts'
export type { Tokens } from './tokens.ts'

// For who sends requests with a token to an API.
export { checkOrigin } from './provider.ts'
export { type ApiResponse, isTokenRejected, mayRejectToken } from './wire/token-rejection.ts'

// Ports, and what implements them here.
export type { Clock } from './ports/clock.ts'
export { systemClock } from './platform.ts'
export type { Crypto } from './ports/crypto.ts'
export type { Logger } from './ports/logger.ts'
export type { Json, LockHold, Locks, Stored, SwapResult, TokenStore, Version } from './ports/token-store.ts'
export type { AbortSignalLike, HttpRequest, HttpResponse, Transport } from './ports/transport.ts'
export { encrypted, type EncryptedOptions } from './stores/encrypted.ts'
export { MemoryTokenStore } from './stores/memory-token-store.ts'

// The flows by themselves, for who wants no client.
export type { Handlers, Machine, Step, Tagged, Transitions } from './machine/machine.ts'
export {
  type AuthorizationCodeState,
  authorizationCode,
  type AwaitingRedirect,
} from './flows/authorization-code.ts'
export {
  type ClientCredentialsEvent,
  clientCredentialsGrant,
  type ClientCredentialsRequest,
  type ClientCredentialsState,
  type RequestingTokens,
} from './flows/client-credentials.ts'
export {
  type AwaitingUser,
  deviceAuthorizationGrant,
  type DeviceEvent,
  type DeviceFailed,
  type DeviceRequest,
  type DeviceState,
  type Polling,
  type RequestingCodes,
  type Wait,
  type Woke,
} from './flows/device-authorization.ts'
export type { ExchangeEvent, ExchangeState, Exchanging, Returned } from './flows/exchange.ts'
export { type AwaitingToken, implicit, type ImplicitState, type TokenReturned } from './flows/implicit.ts'
export { type AwaitingPin, pin, type PinState } from './flows/pin.ts'
export {
  type Refreshed,
  type RefreshEvent,
  type RefreshFailed,
  type Refreshing,
  type RefreshTokenRequest,
  type RefreshState,
  refreshToken,
} from './flows/refresh-token.ts'
export type { Answered, Authorized, Denied, Send, Unanswered } from './flows/step.ts'
export type { AuthorizationRequest, Waiting } from './flows/waiting.ts'
export { drive, type Ports } from './drive/drive.ts'
export { type ClientCredentials, type ClientRequest, formRequest } from './wire/client-request.ts'

export type { AccessTokenOptions } from './drive/keeper-options.ts'
export type { EventOf } from './drive/listeners.ts'
export type { KeeperEvent, RefreshReason } from './keeper/events.ts'
export type { StatusReason } from './keeper/record.ts'

// What a store has of accounts, for who looks at it without a client.
export { usableAccessToken } from './keeper/usable-access-token.ts'
export { readRecord, type UnusableRecord } from './keeper/read-record.ts'
export { keyOf, type Owner, ownerOf, type StoredRecord, type TokenRecord } from './keeper/record.ts'

export * from './errors.ts'
export type { Cause, Failure, FailureCode, FailureKind, Reauth } from './failure.ts'
