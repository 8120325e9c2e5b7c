import { platform } from '../platform.ts'
import type { ClientAuthentication } from '../provider/provider.ts'
import { secretsIn } from '../util/scrub.ts'
import { type ClientCredentials, type ClientRequest, formRequest } from './client-request.ts'
import { encodeForm, type Parameters } from './form.ts'

/**
 * Authenticates with `client_secret_basic`: HTTP Basic, with the id and the secret form-encoded first (RFC 6749 section
 * 2.3.1). A client without a secret sends its id in the body.
 */
export const clientSecretBasic: ClientAuthentication = (url, credentials, parameters) =>
  credentials.client_secret
    ? clientSecretBasicAlways(url, credentials, parameters)
    : formRequest(url, { ...parameters, client_id: credentials.client_id })

/**
 * Does the same for a server that does not decode the form encoding. It sends the id and the secret in plain UTF-8
 * (RFC 7617). The difference shows only if one of them contains other characters than letters, digits and `-._*`.
 */
export const clientSecretBasicRaw: ClientAuthentication = (url, credentials, parameters) =>
  credentials.client_secret
    ? addBasic(formRequest(url, parameters), credentials, encodeUtf8)
    : clientSecretBasic(url, credentials, parameters)

/** Does the same for a server that requires it of every client. A client without a secret sends an empty password. */
export const clientSecretBasicAlways: ClientAuthentication = (url, credentials, parameters) =>
  addBasic(formRequest(url, parameters), credentials, encodeFormValue)

/** Does the same for a server that requires JSON requests. */
export const clientSecretBasicJson: ClientAuthentication = (url, credentials, parameters) =>
  addBasic(jsonRequest(url, parameters), credentials, encodeFormValue)

/** Adds HTTP Basic credentials to `request`. `encode` encodes the id and the secret. */
function addBasic(
  request: ClientRequest,
  { client_id, client_secret }: ClientCredentials,
  encode: (text: string) => string,
): ClientRequest {
  const secret = client_secret ?? ''
  const pair = platform.btoa(`${encode(client_id)}:${encode(secret)}`)
  const { headers, secrets = [] } = request
  return {
    ...request,
    headers: { ...headers, authorization: `Basic ${pair}` },
    secrets: [
      ...secrets,
      pair,
      ...[secret, encode(secret)].flatMap(value => secretsIn([['client_secret', value]])),
    ],
  }
}

function jsonRequest(url: string, parameters: Parameters): ClientRequest {
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] != null)
  return {
    method: 'POST',
    url,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(present)),
    secrets: secretsIn(present),
  }
}

/** Encodes one value as RFC 6749 appendix B specifies. */
function encodeFormValue(text: string): string {
  return encodeForm({ '': text }).slice(1)
}

/** Returns the UTF-8 bytes of `text` as characters, which `btoa` expects. */
function encodeUtf8(text: string): string {
  return String.fromCharCode(...new platform.TextEncoder().encode(text))
}
