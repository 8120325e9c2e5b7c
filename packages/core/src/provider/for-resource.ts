import { checkType } from '../util/check-type.ts'
import { platform } from '../platform.ts'
import type { Provider } from './provider.ts'

/**
 * Returns a provider whose tokens are valid for one resource: every authorization request and every token request names
 * it (RFC 8707 section 2). Its name contains the resource, so that no record is shared with another resource: the same
 * account of the same client has tokens for each.
 *
 * @throws {TypeError} when `resource` is not an absolute URI without a fragment.
 */
export function forResource(provider: Provider, resource: string): Provider {
  checkType('resource', resource, 'string')
  if (!isAbsolute(resource))
    throw new TypeError(
      `resource must be an absolute URI without a fragment, got ${JSON.stringify(resource)}`,
    )
  const { name, authorizationParameters, tokenParameters } = provider
  return {
    ...provider,
    name: `${name.replace(` at ${tokenParameters?.['resource']}`, '')} at ${resource}`,
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
