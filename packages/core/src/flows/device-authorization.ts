// The device authorization grant (RFC 8628): a person signs in on another device, while this one asks the token
// endpoint from time to time whether they have. How long it waits in between is the state's, never a timer's.
import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine, type Step } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import type { ClientCredentials, ClientRequest } from '../wire/client-request.ts'
import { type DeviceCodes, readDeviceCodes } from '../wire/device-codes.ts'
import { errorWords } from '../wire/error-response.ts'
import { parseJson } from '../wire/json.ts'
import { readResponse, applyQuirks } from '../wire/response.ts'
import { readTokens } from '../wire/token-response.ts'
import { tokenRequest } from '../wire/token-request.ts'
import {
  type Answered,
  type Authorized,
  type Denied,
  rest,
  send,
  type Send,
  type Unanswered,
  unanswered,
} from './step.ts'

/** What a device asks for. */
export interface DeviceRequest {
  readonly credentials: ClientCredentials
  readonly scope?: string | null | undefined
}

/** The device asks for its codes. */
export interface RequestingCodes {
  readonly type: 'requestingCodes'
  readonly resumable: false
  readonly client_id: string
  readonly request: ClientRequest
}

/**
 * A person is to open `verification_uri` and to type `user_code`. Plain JSON: it can be saved, and taken up again
 * in another process. It holds the device code, so keep it like a password.
 */
export interface AwaitingUser extends DeviceCodes {
  readonly type: 'awaitingUser'
  readonly v: 1
  readonly provider: string
  readonly client_id: string
  /** When the token endpoint is asked next, Unix time in ms. */
  readonly wakeAtMs: number
}

/** The token endpoint is asked whether the person has signed in. */
export interface Polling {
  readonly type: 'polling'
  readonly resumable: false
  readonly request: ClientRequest
  readonly waiting: AwaitingUser
}

/** There will be no tokens. */
export interface DeviceFailed {
  readonly type: 'failed'
  readonly failure: Failure
}

/** It is `wakeAtMs`. */
export interface Woke {
  readonly type: 'woke'
  readonly nowMs: number
  readonly credentials: ClientCredentials
}

/** Wait until `untilMs` (Unix time in ms), and tell. */
export interface Wait {
  readonly type: 'wait'
  readonly untilMs: number
}

export type DeviceState = RequestingCodes | AwaitingUser | Polling | Authorized | Denied | DeviceFailed
export type DeviceEvent = Answered | Unanswered | Woke

const TRANSITIONS = {
  requestingCodes: { answered: ['awaitingUser', 'failed'], unanswered: ['failed'] },
  awaitingUser: { woke: ['polling', 'failed'] },
  polling: {
    answered: ['authorized', 'awaitingUser', 'denied', 'failed'],
    unanswered: ['awaitingUser'],
  },
  authorized: {},
  denied: {},
  failed: {},
} as const

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

/** RFC 8628 section 3.5: `slow_down` adds 5 s, for this request and all that follow. */
const SLOW_DOWN_MS = 5_000

/** No trouble of the network or the server makes a person wait for longer, in ms. */
const LONGEST_INTERVAL_MS = 60_000

/** Waits for `intervalMs` from now, or until `retryAtMs` if that is later. */
function waitFor(
  waiting: Omit<AwaitingUser, 'wakeAtMs'>,
  nowMs: number,
  retryAtMs = 0,
): Step<AwaitingUser, Wait> {
  const wakeAtMs = Math.max(nowMs + waiting.intervalMs, retryAtMs)
  return { state: { ...waiting, wakeAtMs }, effects: [{ type: 'wait', untilMs: wakeAtMs }] }
}

/** RFC 8628 section 3.5: after a request that failed the polling MUST be reduced; doubling is RECOMMENDED. */
function backOff(waiting: AwaitingUser, nowMs: number, retryAtMs?: number): Step<AwaitingUser, Wait> {
  const doubled = Math.min(waiting.intervalMs * 2, Math.max(waiting.intervalMs, LONGEST_INTERVAL_MS))
  return waitFor({ ...waiting, intervalMs: doubled }, nowMs, retryAtMs)
}

const failed = (failure: Failure): Step<DeviceFailed, never> => rest({ type: 'failed', failure })

const handlers = (
  provider: Provider,
): Handlers<DeviceState, DeviceEvent, Send | Wait, typeof TRANSITIONS> => ({
  requestingCodes: {
    answered({ request, client_id }, { response, nowMs }) {
      const { result: codes, failure } = readResponse(provider, request, response, nowMs, readDeviceCodes)
      if (failure) return failed(failure)
      return waitFor({ type: 'awaitingUser', v: 1, provider: provider.name, client_id, ...codes }, nowMs)
    },
    unanswered: (_, event) => failed(unanswered(event)),
  },
  awaitingUser: {
    woke(waiting, { nowMs, credentials }) {
      const { device_code, expires_at } = waiting
      if (nowMs >= expires_at)
        return failed({ code: 'invalid_grant', message: 'the device code has expired' })
      return send<Polling>({
        type: 'polling',
        resumable: false,
        request: tokenRequest(provider, credentials, { grant_type: GRANT_TYPE, device_code }),
        waiting,
      })
    },
  },
  polling: {
    answered({ request, waiting }, { response, nowMs }) {
      const { result: tokens, failure } = readResponse(provider, request, response, nowMs, readTokens)
      if (tokens) return rest({ type: 'authorized', tokens })
      const [word] = errorWords(applyQuirks(provider, parseJson(response.body), response.body))
      if (word === 'authorization_pending') return waitFor(waiting, nowMs)
      if (word === 'slow_down')
        return waitFor({ ...waiting, intervalMs: waiting.intervalMs + SLOW_DOWN_MS }, nowMs)
      if (word === 'expired_token') return failed({ ...failure, code: 'invalid_grant' })
      if (failure.code === 'access_denied') return rest({ type: 'denied', failure })
      // What says nothing of the grant leaves it as it is: a page of a proxy, a server in trouble.
      if (failure.code === 'transient' || failure.code === 'indeterminate')
        return backOff(waiting, nowMs, failure.retryAtMs)
      return failed(failure)
    },
    unanswered: ({ waiting }, { nowMs }) => backOff(waiting, nowMs),
  },
})

/**
 * The device authorization grant (RFC 8628). The first request asks for the codes; from then on the machine waits
 * for `wakeAtMs`, asks, and waits again, until the person has answered or the codes expire.
 */
export function deviceAuthorizationGrant(
  provider: Provider,
): Machine<DeviceState, DeviceEvent, Send | Wait, DeviceRequest> {
  const endpoint = { ...provider, tokenEndpoint: provider.deviceAuthorizationEndpoint as string }
  return machine(
    'device_code',
    TRANSITIONS,
    ({ credentials, scope }) =>
      send<RequestingCodes>({
        type: 'requestingCodes',
        resumable: false,
        client_id: credentials.client_id,
        // Who authenticates by HTTP Basic still has to name itself (RFC 8628 section 3.1).
        request: tokenRequest(endpoint, credentials, { client_id: credentials.client_id, scope }),
      }),
    handlers(provider),
  )
}
