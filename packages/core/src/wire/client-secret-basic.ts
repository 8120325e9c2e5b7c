import { platform } from '../platform.ts'
import type { ClientAuthentication } from '../provider.ts'
import { encodeForm } from './form.ts'
import { formRequest } from './client-request.ts'

/** HTTP Basic with the client's id and secret, each spelled as `encode` says. */
function basic(encode: (text: string) => string): ClientAuthentication {
  return (url, { client_id, client_secret }, parameters) => {
    if (!client_secret) return formRequest(url, { ...parameters, client_id })
    const request = formRequest(url, parameters)
    const pair = platform.btoa(`${encode(client_id)}:${encode(client_secret)}`)
    return {
      ...request,
      headers: { ...request.headers, authorization: `Basic ${pair}` },
      secrets: [pair, client_secret],
    }
  }
}

/**
 * `client_secret_basic`: HTTP Basic, id and secret form-encoded first (RFC 6749 section 2.3.1). A client without
 * a secret names itself in the body.
 */
export const clientSecretBasic: ClientAuthentication = /* @__PURE__ */ basic(text =>
  encodeForm({ '': text }).slice(1),
)

/**
 * `client_secret_basic` for a server that does not decode what RFC 6749 section 2.3.1 encodes: id and secret as
 * they are, in UTF-8 (RFC 7617). The two differ only where one holds more than letters, digits and `-._*`.
 */
export const clientSecretBasicRaw: ClientAuthentication = /* @__PURE__ */ basic(text =>
  String.fromCharCode(...new platform.TextEncoder().encode(text)),
)
