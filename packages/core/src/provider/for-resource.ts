import { checkType } from '../util/check-type.ts'
import { platform } from '../platform.ts'
import type { Provider } from './provider.ts'

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
  const { authorizationParameters, tokenParameters } = provider
  return {
    ...provider,
    authorizationParameters: { ...authorizationParameters, resource },
    tokenParameters: { ...tokenParameters, resource },
  }
}

function isAbsolute(resource: string): boolean {
  try {
    return !new platform.URL(resource).hash && !resource.includes('#')
  } catch {
    return false
  }
}
