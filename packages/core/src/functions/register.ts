import { needEndpoint } from '../client/context.ts'
import { getDefaults } from '../client/defaults.ts'
import { MissingTransportError } from '../errors.ts'
import { systemClock } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { Transport } from '../ports/transport.ts'
import type { Provider } from '../provider/provider.ts'
import { redacted } from '../tokens.ts'
import { checkJson, checkOptionNames, checkText, checkType } from '../util/check-type.ts'
import { own } from '../util/own.ts'
import { showAs } from '../util/show-as.ts'
import type { SentRequest } from '../wire/client-request.ts'
import { isObject } from '../wire/json.ts'
import { sendAndRead } from './send-and-read.ts'

/** What a client says about itself (RFC 7591 section 2), with the names of the RFC. */
export interface ClientMetadata {
  /** Where the server may redirect users. Required for grants that redirect (RFC 7591 section 2). */
  readonly redirect_uris?: readonly string[]
  /** Shown to users. */
  readonly client_name?: string
  /** A page about the client, shown to users. */
  readonly client_uri?: string
  /** Default of the RFC: `authorization_code` alone. Add `refresh_token` to obtain refresh tokens. */
  readonly grant_types?: readonly string[]
  /** Default of the RFC: `code`. */
  readonly response_types?: readonly string[]
  /** Default of the RFC: `client_secret_basic`. A program that cannot keep a secret says `none`. */
  readonly token_endpoint_auth_method?: string
  /** Scopes, separated by spaces. */
  readonly scope?: string
  readonly [member: string]: unknown
}

/** A registered client (RFC 7591 section 3.2.1). `console.log` prints it without its secrets; JSON has them. */
export interface Registration extends ClientMetadata {
  /** Issued by the server; `new Client` needs it. */
  readonly client_id: string
  /** Absent for a client that authenticates without one. */
  readonly client_secret?: string
  /** When the `client_secret` ends, as Unix time in s; 0: never. */
  readonly client_secret_expires_at?: number
}

/** The options of `register`. */
export interface RegisterOptions {
  /** A token that the server issued for the registration of clients (RFC 7591 section 3). */
  readonly initialAccessToken?: string | undefined
  /** Default: the default transport of this program. */
  readonly transport?: Transport | undefined
  /** Dates the response. Default: the system's clock. */
  readonly clock?: Pick<Clock, 'nowMs'> | undefined
}

/** Members of a registration without a secret. */
const HARMLESS = /^(client_(id|name|uri|id_issued_at|secret_expires_at)|redirect_uris|grant_types|scope)$/

/**
 * Registers a client at a server (RFC 7591) whose metadata has a `registrationEndpoint`, as `discover` finds it. Store the
 * result: each call registers another client.
 *
 * @throws {MisconfiguredError} when the provider has no such endpoint, or the server does not accept the metadata.
 * @throws {TransientError} when the server is not available.
 * @throws {TypeError} when an argument is of the wrong type.
 */
export async function register(
  provider: Provider,
  metadata: ClientMetadata,
  options: RegisterOptions = {},
): Promise<Registration> {
  checkOptionNames('register()', options, ['initialAccessToken', 'transport', 'clock'])
  const { initialAccessToken, transport = getDefaults().transport, clock = systemClock } = options
  if (!isObject(metadata)) throw new TypeError('the metadata of a client must be an object')
  if (initialAccessToken !== undefined) {
    checkType('initialAccessToken', initialAccessToken, 'string')
    checkText('initialAccessToken', initialAccessToken)
  }
  const request: SentRequest = {
    method: 'POST',
    url: needEndpoint(provider, 'registrationEndpoint'),
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(initialAccessToken !== undefined && { authorization: `Bearer ${initialAccessToken}` }),
    },
    body: checkJson('the metadata of a client', metadata),
    secrets: initialAccessToken === undefined ? [] : [initialAccessToken],
  }
  if (!transport) throw new MissingTransportError()
  const registration = await sendAndRead({ provider, clock, transport: () => transport }, request, value =>
    isRegistration(value) ? value : 'no usable client_id',
  )
  return showAs({ ...registration }, () => {
    const members = Object.entries(registration)
    const harmless = Object.fromEntries(members.filter(([name]) => HARMLESS.test(name)))
    return { ...redacted(registration), ...harmless }
  })
}

function isRegistration(value: unknown): value is Registration {
  const secret = own(value, 'client_secret')
  return (
    !!own(value, 'client_id') && [own(value, 'client_id'), secret ?? ''].every(one => typeof one === 'string')
  )
}
