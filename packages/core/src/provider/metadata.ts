import { boolean, type Check, listOf, text, url } from './checks.ts'
import type { Grant } from './provider.ts'
import type { ProviderDescription } from './description.ts'

/** The metadata name of each member of a description (RFC 8414 section 2 and later RFCs). */
const NAMES = {
  authorizationEndpoint: 'authorization_endpoint',
  tokenEndpoint: 'token_endpoint',
  deviceAuthorizationEndpoint: 'device_authorization_endpoint',
  pushedAuthorizationRequestEndpoint: 'pushed_authorization_request_endpoint',
  requirePushedAuthorizationRequests: 'require_pushed_authorization_requests',
  revocationEndpoint: 'revocation_endpoint',
  introspectionEndpoint: 'introspection_endpoint',
  endSessionEndpoint: 'end_session_endpoint',
  issParameter: 'authorization_response_iss_parameter_supported',
} as const satisfies { readonly [member in keyof ProviderDescription]?: string }

/** What a server may tell besides. A value that cannot be used is left out: nothing depends on it. */
const MORE = {
  registrationEndpoint: ['registration_endpoint', url],
  userinfoEndpoint: ['userinfo_endpoint', url],
  scopesSupported: ['scopes_supported', listOf(text)],
  dpopSigningAlgValuesSupported: ['dpop_signing_alg_values_supported', listOf(text)],
  tlsClientCertificateBoundAccessTokens: ['tls_client_certificate_bound_access_tokens', boolean],
  clientIdMetadataDocumentSupported: ['client_id_metadata_document_supported', boolean],
} as const satisfies { readonly [member in keyof ProviderDescription]?: readonly [string, Check] }

/** The client authentication methods that need at most a secret, in order of preference. */
const METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const

/** Returns the URLs of an issuer's metadata, by RFC 8414 section 3.1, by OpenID Connect Discovery, and by both. */
export function metadataUrls(issuer: string): readonly string[] {
  const [, origin = '', path = ''] = /^([a-z]+:\/\/[^/]*)(.*?)\/?$/i.exec(issuer) ?? []
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
    ...(path ? [`${origin}/.well-known/openid-configuration${path}`] : []),
  ]
}

/**
 * Converts a server's metadata to a description. It does not check the description. The metadata never turns PKCE off: a
 * public client must use it (RFC 9700 section 2.1.1), many servers support it without listing it, and others ignore it.
 */
export function describe(metadata: Readonly<Record<string, unknown>>): ProviderDescription {
  const members = Object.entries(NAMES)
    .map(([member, name]) => [member, metadata[name]] as const)
    .filter(([, value]) => value != null)
  const more = Object.entries(MORE).flatMap(([member, [name, check]]) =>
    isUsable(check, metadata[name]) ? [[member, metadata[name]] as const] : [],
  )
  const issuer = metadata['issuer'] as string

  const methods = arrayOf(metadata['token_endpoint_auth_methods_supported'])
  const listed = arrayOf(metadata['grant_types_supported'])
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
    ...(Object.fromEntries([...more, ...members]) as unknown as ProviderDescription),
    issuer,
    name: issuer.replace(/^https?:\/\//, ''),
    clientAuthentication: methods ? (METHODS.find(method => methods.includes(method)) ?? 'none') : METHODS[0],
    grants: [
      ...grants
        .filter(([, type, endpoint]) => endpoint != null && (!listed || listed.includes(type)))
        .map(([grant]) => grant),
      'refresh_token', // many servers issue refresh tokens without listing the grant
    ],
  }
}

/**
 * Returns metadata with the endpoints of TLS with a client's certificate in place of the others (RFC 8705 section 5).
 */
export function withMtlsEndpoints(
  metadata: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const aliases = Object.entries(Object(metadata['mtls_endpoint_aliases']) as object)
  return { ...metadata, ...Object.fromEntries(aliases.filter(([name]) => name.endsWith('_endpoint'))) }
}

function isUsable(check: Check, value: unknown): boolean {
  try {
    check(value, '')
    return true
  } catch {
    return false
  }
}

function arrayOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}
