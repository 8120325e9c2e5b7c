// Proof of possession (RFC 9449): each request carries a JWT that is signed by the key which the tokens are bound to. Only
// programs that call `dpop()` contain this code.
import { SigningError } from '../signing/authenticate.ts'
import { ReauthRequiredError, TransportError } from '../errors.ts'
import type { DpopKey } from '../keeper/record.ts'
import { platform, systemCrypto } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { DpopKeys } from '../ports/dpop-keys.ts'
import type { HttpResponse, Transport } from '../ports/transport.ts'
import { serverClock } from '../signing/assertion.ts'
import { SIGNING_MS } from '../signing/sign-request.ts'
import { signJwt, webCrypto } from '../signing/sign-jwt.ts'
import { checkMethods, checkOptionNames, checkType } from '../util/check-type.ts'
import { own } from '../util/own.ts'
import { randomText } from '../util/random-text.ts'
import { webSha256 } from '../util/web-sha256.ts'
import { LATE, within } from '../util/within.ts'
import { challengeParameters } from '../wire/challenge.ts'
import { parseJson } from '../wire/json.ts'
import { KeyRing, MissingKeyError } from './key-ring.ts'

/** The options of `dpop`. */
export interface DpopOptions {
  /** Holds the private keys, so that they cannot be exported. Default: the key is a part of the account's record. */
  readonly keys?: DpopKeys | undefined
  /** Also accept tokens that the server did not bind to the key. Default false: they are an error. */
  readonly allowBearer?: boolean | undefined
}

/** A request to sign. Header names are in lower case. */
export interface RequestToSign {
  /** Default `GET`. */
  readonly method?: string | undefined
  /** Absolute. The proof has it without query and fragment (RFC 9449 section 4.2). */
  readonly url: string
  /** A `Bearer` token in `authorization` is sent as `DPoP`, and its hash is in the proof. */
  readonly headers: Readonly<Record<string, string>>
}

/** The parts of an API's response that can ask for a nonce. */
export interface NonceResponse {
  /** Only 401 asks for a nonce (RFC 9449 section 9). */
  readonly status: number
  /** Returns a header. `name` is in lower case. */
  header(name: string): string | null | undefined
}

/** What signs the requests to an API, for the tokens of one client. */
export interface RequestProver {
  /** Returns the headers of a request with their proof; unchanged if the tokens are not bound to a key. */
  sign(request: RequestToSign): Promise<Readonly<Record<string, string>>>
  /** Notes the nonce of a response to `url`. Returns whether the request was not processed, and is to be sent once more. */
  isNonceRequired(url: string, response: NonceResponse): boolean
}

/** What binds tokens to a key; the result of `dpop()`, for the option `dpop` of a client. */
export interface Dpop {
  /** Returns a new key for ES256. @throws {MisconfiguredError} when the runtime has no Web Crypto. */
  createKey(): Promise<DpopKey>
  /** Stores a new key, before anything is bound to it. */
  saveKey(key: DpopKey): Promise<void>
  /** Removes a key that nothing is bound to any more. A failure is ignored. */
  destroyKey(key: DpopKey): void
  /**
   * Returns a transport that proves the possession of `key` with each request. `perform` sends one that needs a nonce once
   * more.
   */
  transport(transport: Transport, key: DpopKey, clock: Clock): Transport
  /** Returns what signs the requests to an API with the key that `keyOf` returns. */
  prover(keyOf: () => DpopKey | undefined, clock: Clock): RequestProver
}

/** A nonce is an opaque text (RFC 9449 section 8.1); a longer one is not used. */
const MAX_NONCE = 1_024

/**
 * Binds tokens to a key (DPoP, RFC 9449), for the option `dpop` of a client: the stored tokens alone are useless to a thief
 * of an API's log. Every request to the authorization server and to an API is signed with ES256. The key is created at a
 * sign-in, or at the next refresh of an account that has none, and is the same in all processes.
 *
 * @throws {TypeError} when an option is unknown or wrong.
 */
export function dpop(options: DpopOptions = {}): Dpop {
  checkOptionNames('dpop()', options, ['keys', 'allowBearer'])
  const { keys, allowBearer = false } = options
  if (keys !== undefined) checkMethods('keys of dpop()', keys, ['get', 'set', 'delete'])
  checkType('allowBearer of dpop()', allowBearer, 'boolean')
  const ring = new KeyRing(keys)
  const time = serverClock()
  /** The last nonce of each origin. */
  const nonces = new Map<string, string>()

  async function sign(key: DpopKey, { method = 'GET', url, headers }: RequestToSign, clock: Clock) {
    const { origin, pathname } = new platform.URL(url)
    const { privateKey, publicJwk } = await ring.load(key)
    const [, access_token] = /^(?:Bearer|DPoP) (.+)$/.exec(headers['authorization'] ?? '') ?? []
    const proof = await signJwt(
      {
        alg: 'ES256',
        sign: data => webCrypto().sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data),
      },
      { typ: 'dpop+jwt', jwk: publicJwk },
      {
        jti: randomText(systemCrypto),
        htm: method.toUpperCase(),
        htu: origin + pathname,
        iat: time.nowS({ clock }),
        nonce: nonces.get(origin),
        ath: access_token && (await webSha256(access_token)),
      },
    )
    return { ...headers, ...(access_token && { authorization: `DPoP ${access_token}` }), dpop: proof }
  }

  /** Notes the nonce of a response, and returns whether there is one. */
  function noteNonce(url: string, header: string | null | undefined): boolean {
    if (!header || header.length > MAX_NONCE || !/^[\x21-\x7e]+$/.test(header)) return false
    nonces.set(new platform.URL(url).origin, header)
    return true
  }

  /** Whether an authorization server asks for a nonce (RFC 9449 section 8). */
  function isNonceRequired(url: string, { status, headers, body }: HttpResponse): boolean {
    return (
      noteNonce(url, headers['dpop-nonce']) &&
      (status === 400 || status === 401) &&
      (own(parseJson(body), 'error') === REQUIRED || asksForNonce(headers['www-authenticate']))
    )
  }

  return {
    createKey: () => ring.create(),
    saveKey: key => ring.save(key),
    destroyKey: key => ring.destroy(key),
    transport(transport, key, clock) {
      /** The server has asked for a nonce, and got it. */
      let isAnswered = false
      return {
        async send(request, options) {
          const headers = await within(clock, SIGNING_MS, sign(key, request, clock)).catch(error => {
            throw error instanceof TransportError ? error : new SigningError('by DPoP failed', error)
          })
          if (headers === LATE) throw new SigningError('by DPoP took longer than 5 s')
          const response = await transport.send({ ...request, headers }, options)
          time.received(response, clock.nowMs())
          const isUnprocessed = isNonceRequired(request.url, response)
          // The refresh token is as good as before.
          if (isUnprocessed && isAnswered)
            throw new TransportError('the server asked for another nonce twice (DPoP)', { sent: 'no' })
          isAnswered = isUnprocessed
          return {
            ...response,
            body: response.body.replaceAll(headers.dpop, '***'),
            isUnprocessed,
            tokenTypes: allowBearer ? ['dpop', 'bearer'] : ['dpop'],
          }
        },
      }
    },
    prover: (keyOf, clock) => ({
      async sign(request) {
        const key = keyOf()
        if (!key) return request.headers
        return sign(key, request, clock).catch(error => {
          throw error instanceof MissingKeyError ? new ReauthRequiredError({ message: error.message }) : error
        })
      },
      isNonceRequired: (url, { status, header }) =>
        noteNonce(url, header('dpop-nonce')) && status === 401 && asksForNonce(header('www-authenticate')),
    }),
  }
}

const REQUIRED = 'use_dpop_nonce'

function asksForNonce(header: string | null | undefined): boolean {
  return challengeParameters(header ?? '').some(([name, value]) => name === 'error' && value === REQUIRED)
}
