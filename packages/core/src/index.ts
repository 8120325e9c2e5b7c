// What a program needs. `/flows` and `/keeper` export the machines, `/provider` what describes an authorization server,
// and `/ports` what an adapter implements.
export { Client } from './client/client.ts'
export type { ClientOptions } from './client/options.ts'
export { type Defaults, setDefaults } from './client/defaults.ts'
export type { Pending } from './sign-in/pending.ts'
export type { Completed, CompleteOptions, SaveOptions } from './sign-in/stored-flow.ts'
export { keepTokens, type KeepTokensOptions } from './keeping/keep-tokens.ts'
export { type AccountStatus, KeptTokens } from './keeping/kept-tokens.ts'
export { observe } from './drive/observers.ts'
export type { Snapshot } from './drive/snapshot.ts'
export type { KeeperEvent } from './keeper/events.ts'
export type { Tokens } from './tokens.ts'

export { clientCredentials } from './functions/client-credentials.ts'
export { deviceAuthorization } from './functions/device-authorization.ts'
export { introspect } from './functions/introspect.ts'
export { pushAuthorization } from './functions/push-authorization.ts'
export { register } from './functions/register.ts'
export { revoke } from './functions/revoke.ts'

export { defineProvider } from './provider/define-provider.ts'
export type { ProviderDescription } from './provider/description.ts'
export { discover } from './provider/discover.ts'
export { forResource } from './provider/for-resource.ts'
export { imgur } from './provider/imgur.ts'
export type { Provider } from './provider/provider.ts'

export { discoverResource } from './resource/discover-resource.ts'
export { stepUpOf } from './resource/step-up.ts'

export type { TokenStore } from './ports/token-store.ts'
export type { Transport } from './ports/transport.ts'
export { dpop, type DpopOptions } from './dpop/dpop.ts'
export { encrypted } from './stores/encrypted.ts'
export { MemoryTokenStore } from './stores/memory-token-store.ts'

export * from './errors.ts'
export type { FailureKind } from './failure.ts'
