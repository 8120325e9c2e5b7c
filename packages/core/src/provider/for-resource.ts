import { checkType } from '../util/check-type.ts'
import { platform } from '../platform.ts'
import type { Provider } from './provider.ts'
import { authorizationUrl } from '../wire/authorization-url.ts'
import { tokenRequest } from '../wire/token-request.ts'

/**
 * Returns a provider whose tokens are valid for one resource: every authorization request and every token request names
 * it (RFC 8707 section 2). Use a separate account of a client for the tokens of each resource.
 *
 * @throws {TypeError} when `resource` is not an absolute URI without a fragment.
 */
export function forResource(provider: Provider, resource: string): Provider {
  checkType('resource', resource, 'string')
  if (!isAbsolute(resource))
    throw new TypeError(
      `resource must be an absolute URI without a fragment, got ${JSON.stringify(resource)}`,
    )
  const { authorizationEndpoint, tokenEndpoint, deviceAuthorizationEndpoint } = provider
  return {
    ...provider,
    ...(authorizationEndpoint && {
      authorizationEndpoint: authorizationUrl(authorizationEndpoint, { resource }),
    }),
    clientAuthentication(url, credentials, parameters) {
      const needsResource = [tokenEndpoint, deviceAuthorizationEndpoint].includes(url)
      const server = { ...provider, tokenEndpoint: url }
      return tokenRequest(server, credentials, needsResource ? { ...parameters, resource } : parameters)
    },
  }
}

function isAbsolute(resource: string): boolean {
  try {
    return !new platform.URL(resource).hash && !resource.includes('#')
  } catch {
    return false
  }
}
