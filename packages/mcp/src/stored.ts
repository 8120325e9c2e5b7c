// What the store holds beside the tokens: which authorization server an MCP server has, and this host's registrations.
import { defineProvider, type Provider, type ProviderDescription } from '@latchkey/core'
import type { Json, TokenStore } from '@latchkey/core/ports'
import { clientSecretBasic, type Registration, sha256 } from '@latchkey/core/provider'

/** The authorization server of an MCP server, as it was discovered. */
export interface StoredServer {
  readonly v: 1
  /** The identifier that every request names (RFC 8707). */
  readonly resource: string
  readonly issuer: string
  readonly description: ProviderDescription
  /** What the MCP server's metadata lists. */
  readonly scopes?: readonly string[]
}

/** A registration at an authorization server. */
export interface StoredRegistration {
  readonly v: 1
  readonly issuer: string
  /** Where it allows the server to redirect to. */
  readonly redirectUri: string
  readonly registration: Registration
}

/** The name of an issuer in the keys of accounts: no other program's account has it. */
export const nameOf = (issuer: string): string => `mcp:${issuer}`

/** Keys of two parts: those of accounts have three. */
export const keyOf = {
  /** `given` is what the host says about the server by itself. */
  server: (server: string, given: readonly unknown[]): string =>
    `mcp-server/${encodeURIComponent(server)}:${hash(given)}`,
  /** What a host says about itself has a registration of its own at each issuer. */
  registration: (issuer: string, metadata: object): string =>
    `mcp-client/${encodeURIComponent(issuer)}:${hash(metadata)}`,
  registering: (registration: string): string => registration.replace('mcp-client/', 'mcp-registering/'),
  login: (server: string, account: string): string =>
    `mcp-login/${encodeURIComponent(server)}:${hash(account)}`,
}

function hash(value: unknown): string {
  const bytes = sha256(new TextEncoder().encode(JSON.stringify(value)))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Returns the stored value of this package's current version. */
export async function readStored<T extends { readonly v: 1 }>(
  store: TokenStore,
  key: string,
): Promise<T | undefined> {
  const value = (await store.read(key))?.value as unknown as T | undefined
  return value?.v === 1 ? value : undefined
}

/** Replaces a value, whatever it was: the newest discovery or registration is the one to use. */
export async function replaceStored(store: TokenStore, key: string, value: object): Promise<void> {
  for (let version = (await store.read(key))?.version; ;) {
    const result = await store.compareAndSwap(key, version, value as Json)
    if (result.swapped) return
    version = result.current?.version
  }
}

/** Returns a discovered provider as JSON. */
export function descriptionOf(provider: Provider): ProviderDescription {
  const plain = Object.entries(provider).filter(([, value]) => typeof value !== 'function')
  const { clientAuthentication } = provider
  return {
    ...(Object.fromEntries(plain) as unknown as ProviderDescription),
    clientAuthentication: clientAuthentication === clientSecretBasic ? 'client_secret_basic' : 'none',
    ...(typeof clientAuthentication === 'string' && { clientAuthentication }),
  }
}

const METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const

/** Returns the provider for a client that authenticates as its registration says (RFC 7591 section 2). */
export function providerFor(
  { description }: StoredServer,
  { client_secret, token_endpoint_auth_method }: Registration,
): Provider {
  const method = METHODS.find(one => one === token_endpoint_auth_method)
  const clientAuthentication =
    method ?? (client_secret === undefined ? 'none' : description.clientAuthentication)
  return defineProvider({ ...description, ...(clientAuthentication && { clientAuthentication }) })
}
