// How a description says whose tokens a response holds. Not by an email address: it may change, and another user may get it.
import { MisconfiguredError, TransientError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../ports/transport.ts'
import type { Tokens } from '../tokens.ts'
import { own } from '../util/own.ts'
import { claimsOf } from '../wire/jwt.ts'
import { parseJson } from '../wire/json.ts'

/** What an `Identify` function may use besides the tokens. */
export interface IdentityContext {
  /** The provider's; `undefined` if it is described without one. */
  readonly issuer: string | undefined
  /** The audience that an `id_token` must have (OpenID Connect Core 3.1.3.7 item 3). */
  readonly client_id: string
  /** The `nonce` of the authorization request, if it had one. */
  readonly nonce: string | undefined
  /** Unix time in ms. */
  readonly nowMs: number
  /** The headers of a request to the provider's API with these tokens. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * Sends a request, signed with the key of the tokens if they have one. @throws {AuthorizationError} when there is no
   * response.
   */
  send(request: HttpRequest): Promise<HttpResponse>
}

/** Where an API describes the user of an access token, and the path of what identifies the user there. */
export interface Userinfo {
  readonly userinfo: string
  readonly path: string
}

/** Returns what identifies the user of a token response: a string or a safe integer. */
export type Identify = (tokens: Tokens, context: IdentityContext) => unknown

/** How far the server's clock may be behind, in s. */
const SKEW_S = 300

/** Returns the value at a path of names, such as `team.id`. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce(own, value)
}

/**
 * Returns the `sub` of the `id_token` after checking its `iss`, `aud`, `azp`, `exp` and `nonce`. Its signature is not
 * verified, so pass only tokens that came from the token endpoint by TLS (OpenID Connect Core 3.1.3.7 item 6).
 *
 * @throws {MisconfiguredError} when there is no `id_token`, or another server or client is meant, or it has expired.
 */
export const idTokenSubject: Identify = (tokens, { issuer, client_id, nonce, nowMs }) => {
  const { iss, sub, aud, azp, exp, nonce: returned } = claimsOf(tokens['id_token'])
  const audiences = [aud].flat()
  const problem =
    tokens['id_token'] === undefined
      ? 'the response has no id_token: request the scope openid, or pass the option account'
      : issuer === undefined || iss !== issuer
        ? 'the id_token is of another issuer'
        : !audiences.includes(client_id) ||
            (audiences.length > 1 ? azp !== client_id : (azp ?? client_id) !== client_id)
          ? 'the id_token is for another client'
          : !(typeof exp === 'number' && exp + SKEW_S > nowMs / 1000)
            ? 'the id_token has expired'
            : nonce !== undefined && returned !== nonce
              ? 'the id_token has another nonce'
              : undefined
  if (problem !== undefined) throw new MisconfiguredError({ message: problem })
  return sub
}

/**
 * Returns a function that requests `url` with the access token, and reads the value at `path` of the JSON response.
 *
 * It rejects with `TransientError` when the server is not available, and with `MisconfiguredError` when it rejects the
 * request, or when its `sub` is not that of the `id_token` (OpenID Connect Core 5.3.2).
 */
export function userinfo(url: string, path: string): Identify {
  return async (tokens, { send, headers }) => {
    const { status, body } = await send({
      method: 'GET',
      url,
      headers: { accept: 'application/json', ...headers },
    })
    const message = `the request for the user failed: HTTP ${status}`
    if (status >= 500 || status === 429) throw new TransientError({ message, status })
    if (status !== 200) throw new MisconfiguredError({ message, status })
    const user = parseJson(body)
    const { sub } = claimsOf(tokens['id_token'])
    if (sub !== undefined && own(user, 'sub') !== undefined && own(user, 'sub') !== sub)
      throw new MisconfiguredError({ message: 'the user is not the one of the id_token' })
    return valueAt(user, path)
  }
}
