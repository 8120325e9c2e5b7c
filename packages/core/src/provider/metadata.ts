import type { Grant } from './provider.ts'
import type { ProviderDescription } from './description.ts'

/** What each member of a description is called in a server's metadata (RFC 8414 section 2 and later RFCs). */
const NAMES = {
  authorizationEndpoint: 'authorization_endpoint',
  tokenEndpoint: 'token_endpoint',
  deviceAuthorizationEndpoint: 'device_authorization_endpoint',
  pushedAuthorizationRequestEndpoint: 'pushed_authorization_request_endpoint',
  requirePushedAuthorizationRequests: 'require_pushed_authorization_requests',
  revocationEndpoint: 'revocation_endpoint',
  introspectionEndpoint: 'introspection_endpoint',
  issParameter: 'authorization_response_iss_parameter_supported',
} as const satisfies { readonly [member in keyof ProviderDescription]?: string }

/** The ways to prove a client that need nothing but a secret, the one to be preferred first. */
const METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const

/** The places of an issuer's metadata: of RFC 8414 section 3.1, of OpenID Connect Discovery, of both at once. */
export function metadataUrls(issuer: string): readonly string[] {
  const [, origin = '', path = ''] = /^([a-z]+:\/\/[^/]*)(.*?)\/?$/i.exec(issuer) ?? []
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
    ...(path ? [`${origin}/.well-known/openid-configuration${path}`] : []),
  ]
}

/** What a server's metadata says, as a description that is still to be checked. */
export function describe(metadata: Readonly<Record<string, unknown>>): ProviderDescription {
  const providerMessage = Object.entries(NAMES)
    .map(([member, name]) => [member, metadata[name]] as const)
    .filter(([, value]) => value != null)
  const issuer = metadata['issuer'] as string

  const methods = listOf(metadata['token_endpoint_auth_methods_supported'])
  const challenges = listOf(metadata['code_challenge_methods_supported'])
  const listed = listOf(metadata['grant_types_supported'])
  const grants: readonly (readonly [Grant, string, unknown])[] = [
    ['authorization_code', 'authorization_code', metadata['authorization_endpoint']],
    [
      'device_code',
      'urn:ietf:params:oauth:grant-type:device_code',
      metadata['device_authorization_endpoint'],
    ],
    ['client_credentials', 'client_credentials', true],
  ]
  return {
    ...(Object.fromEntries(providerMessage) as unknown as ProviderDescription),
    issuer,
    name: issuer.replace(/^https?:\/\//, ''),
    clientAuthentication: methods ? (METHODS.find(method => methods.includes(method)) ?? 'none') : METHODS[0],
    // Many servers that have it do not list it, and one that does not know it ignores it (RFC 6749 section 3.1).
    pkce: !challenges || challenges.includes('S256') ? 'S256' : 'none',
    grants: [
      ...grants
        .filter(([, type, endpoint]) => endpoint != null && (!listed || listed.includes(type)))
        .map(([grant]) => grant),
      'refresh_token', // many servers issue them and do not list the grant
    ],
  }
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}
