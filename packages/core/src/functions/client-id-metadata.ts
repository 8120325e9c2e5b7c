import { platform } from '../platform.ts'
import { endpoint } from '../provider/addresses.ts'
import { checkType } from '../util/check-type.ts'
import { isObject } from '../wire/json.ts'
import type { ClientMetadata } from './register.ts'

/** Members that would be a secret which everybody can read. */
const SECRETS = ['client_secret', 'client_secret_expires_at']

/**
 * Returns the document that identifies a client without a registration (OAuth Client ID Metadata Document, an Internet-Draft
 * of the IETF): serve it as `application/json` at `url`, and use that URL as `client_id` at servers whose
 * `clientIdMetadataDocumentSupported` is true.
 *
 * @throws {TypeError} when `url` is no https URL (http on loopback only) with a path, or has a fragment or a dot segment, or
 *   when the metadata has no `redirect_uris`, or has a secret, or authenticates with one.
 */
export function clientIdMetadataDocument(
  url: string,
  metadata: ClientMetadata,
): ClientMetadata & { readonly client_id: string } {
  checkType('url', url, 'string')
  endpoint(url, '', 'url')
  if (new platform.URL(url).href !== url || new platform.URL(url).pathname === '/')
    throw new TypeError('url must have a path, and be written as a browser shows it')
  if (!isObject(metadata)) throw new TypeError('the metadata of a client must be an object')
  const { redirect_uris, token_endpoint_auth_method = 'none' } = metadata as ClientMetadata
  if (!Array.isArray(redirect_uris) || redirect_uris.length === 0)
    throw new TypeError('redirect_uris must have at least one URI')
  const secret = SECRETS.find(name => Object.hasOwn(metadata, name))
  if (secret !== undefined)
    throw new TypeError(`the metadata must not have '${secret}': everybody can read it`)
  if (token_endpoint_auth_method.startsWith('client_secret'))
    throw new TypeError('token_endpoint_auth_method must not need a secret, such as none or private_key_jwt')
  return { ...metadata, token_endpoint_auth_method, client_id: url }
}
