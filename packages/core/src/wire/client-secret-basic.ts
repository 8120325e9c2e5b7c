import { platform } from '../platform.ts'
import type { ClientAuthentication } from '../provider/provider.ts'
import { secretsIn } from '../util/scrub.ts'
import { type ClientCredentials, type ClientRequest, formRequest } from './client-request.ts'
import { encodeForm, type Parameters } from './form.ts'

/**
 * `client_secret_basic`: HTTP Basic, id and secret form-encoded first (RFC 6749 section 2.3.1). A client without
 * a secret names itself in the body.
 */
export const clientSecretBasic: ClientAuthentication = (url, credentials, parameters) =>
  credentials.client_secret
    ? clientSecretBasicAlways(url, credentials, parameters)
    : formRequest(url, { ...parameters, client_id: credentials.client_id })

/**
 * `clientSecretBasic` for a server that does not decode what RFC 6749 section 2.3.1 encodes: id and secret as
 * they are, in UTF-8 (RFC 7617). The two differ only where one holds more than letters, digits and `-._*`.
 */
export const clientSecretBasicRaw: ClientAuthentication = (url, credentials, parameters) =>
  credentials.client_secret
    ? authorized(formRequest(url, parameters), credentials, utf8)
    : clientSecretBasic(url, credentials, parameters)

/** `clientSecretBasic` for a server that wants it of every client: one without a secret has an empty password. */
export const clientSecretBasicAlways: ClientAuthentication = (url, credentials, parameters) =>
  authorized(formRequest(url, parameters), credentials, formEncoded)

/** `clientSecretBasic` for a server whose requests are JSON. */
export const clientSecretBasicJson: ClientAuthentication = (url, credentials, parameters) =>
  authorized(jsonRequest(url, parameters), credentials, formEncoded)

/** `request` with HTTP Basic, id and secret spelled as `spell` says. */
function authorized(
  request: ClientRequest,
  { client_id, client_secret }: ClientCredentials,
  spell: (text: string) => string,
): ClientRequest {
  const secret = client_secret ?? ''
  const pair = platform.btoa(`${spell(client_id)}:${spell(secret)}`)
  const { headers, secrets = [] } = request
  return {
    ...request,
    headers: { ...headers, authorization: `Basic ${pair}` },
    secrets: [
      ...secrets,
      pair,
      ...[secret, spell(secret)].flatMap(one => secretsIn([['client_secret', one]])),
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

/** RFC 6749 appendix B. */
function formEncoded(text: string): string {
  return encodeForm({ '': text }).slice(1)
}

/** The bytes of UTF-8 as characters, which is what `btoa` takes. */
function utf8(text: string): string {
  return String.fromCharCode(...new platform.TextEncoder().encode(text))
}
