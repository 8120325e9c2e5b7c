import type { HttpRequest } from '../ports/transport.ts'
import { encodeForm, type Parameters } from './form.ts'

/** The id and the secret of a client. A public client has no secret, and the server decides whether to accept that. */
export interface ClientCredentials {
  /** Identifies the client at its provider. It is no secret (RFC 6749 section 2.2). */
  readonly client_id: string
  /** Missing for a public client (RFC 6749 section 2.1). */
  readonly client_secret?: string | null | undefined
}

/** What a request is about, for the quirks of a provider. */
export interface RequestContext {
  /** The endpoint. `token` includes an endpoint for refreshes. */
  readonly to: 'authorization' | 'token' | 'device' | 'par' | 'revocation' | 'introspection'
  /** The `grant_type` of a token request. */
  readonly grant?: string | undefined
  /** The client's scope, separated by spaces, even if the request does not send it. */
  readonly scope?: string | null | undefined
  /** The client's redirect URI, even if the request does not send it. */
  readonly redirect_uri?: string | null | undefined
}

/**
 * A request from a client to an endpoint of its server, as a machine builds it: not yet authenticated, not yet encoded. It is
 * signed when it is sent.
 */
export interface ClientRequest {
  /** The endpoint. */
  readonly url: string
  /** Those of the grant, with the provider's own; not those that authenticate the client. */
  readonly parameters: Parameters
  /** Is passed to the provider's quirks. */
  readonly context: RequestContext
  /** Used when the request is signed. */
  readonly credentials: ClientCredentials
}

/** A request as it was sent. One that was not built as a `ClientRequest` is sent as it is. */
export interface SentRequest extends HttpRequest {
  /** Values that no error may contain. */
  readonly secrets?: readonly string[]
  readonly context?: RequestContext
}

/** A request to sign, or one to send as it is. */
export type AnyRequest = ClientRequest | HttpRequest

/** What a client authentication adds to a request. */
export interface ClientProof {
  /** Added to the parameters, such as `client_assertion` (RFC 7521 section 4.2). */
  readonly parameters?: Parameters
  /** Added to the headers, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Returns a request to `url` with these parameters and headers. It accepts JSON. */
export type RequestFormat = (
  url: string,
  parameters: Parameters,
  headers?: Readonly<Record<string, string>>,
) => HttpRequest

/** Returns a POST request with a form-encoded body. */
export const formRequest: RequestFormat = (url, parameters, headers) => ({
  method: 'POST',
  url,
  headers: {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    ...headers,
  },
  body: encodeForm(parameters),
})
