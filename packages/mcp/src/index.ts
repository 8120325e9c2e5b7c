export { OtherProcessError } from './lease.ts'
export { type LoginSource, type McpAuthProvider, mcpAuthProvider } from './mcp-auth-provider.ts'
export { type LoginRequest, mcpOAuthProvider, McpOAuthProvider } from './mcp-oauth-provider.ts'
export type { McpOptions, RegisteredClient, SignInRequest } from './options.ts'
export type {
  SavedTokens,
  SdkClientInformation,
  SdkClientMetadata,
  SdkDiscoveryState,
  SdkOAuthProvider,
  SdkTokens,
} from './sdk-types.ts'
