import { platform } from '../platform.ts'
import type { ClientCredentials, ClientProof } from './client-request.ts'
import { encodeForm } from './form.ts'

type Basic = (request: { readonly credentials: ClientCredentials }) => ClientProof

/**
 * Authenticates with `client_secret_basic`: HTTP Basic, with the id and the secret form-encoded first (RFC 6749 section
 * 2.3.1). A client without a secret sends its id in the body.
 */
export const clientSecretBasic: Basic = ({ credentials }) =>
  credentials.client_secret ? basic(credentials, encodeFormValue) : withoutSecret(credentials)

/**
 * Does the same for a server that does not decode the form encoding. It sends the id and the secret in plain UTF-8
 * (RFC 7617). The difference shows only if one of them contains other characters than letters, digits and `-._*`.
 */
export const clientSecretBasicRaw: Basic = ({ credentials }) =>
  credentials.client_secret ? basic(credentials, encodeUtf8) : withoutSecret(credentials)

/** Does the same for a server that requires it of every client. A client without a secret sends an empty password. */
export const clientSecretBasicAlways: Basic = ({ credentials }) => basic(credentials, encodeFormValue)

function withoutSecret({ client_id }: ClientCredentials): ClientProof {
  return { parameters: { client_id } }
}

/** Returns HTTP Basic credentials. `encode` encodes the id and the secret. */
function basic(
  { client_id, client_secret }: ClientCredentials,
  encode: (text: string) => string,
): ClientProof {
  const pair = `${encode(client_id)}:${encode(client_secret ?? '')}`
  return { headers: { authorization: `Basic ${platform.btoa(pair)}` } }
}

/** Encodes one value as RFC 6749 appendix B specifies. */
function encodeFormValue(text: string): string {
  return encodeForm({ '': text }).slice(1)
}

/** Returns the UTF-8 bytes of `text` as characters, which `btoa` expects. */
function encodeUtf8(text: string): string {
  return String.fromCharCode(...new platform.TextEncoder().encode(text))
}
