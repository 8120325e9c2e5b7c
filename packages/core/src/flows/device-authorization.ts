// The device authorization grant (RFC 8628): the user signs in on another device, while this one polls the token
// endpoint. The time of the next request is part of the state, not of a timer.
import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine, type Step } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { own } from '../util/own.ts'
import type { ClientCredentials, ClientRequest } from '../wire/client-request.ts'
import { type DeviceCodes, readDeviceCodes } from '../wire/device-codes.ts'
import { errorWords, meaningOf } from '../wire/error-response.ts'
import type { Parameters } from '../wire/form.ts'
import { parseJson } from '../wire/json.ts'
import { retryAtMs } from '../wire/retry-after.ts'
import { readResponse, applyQuirks } from '../wire/response.ts'
import { seconds } from '../wire/seconds.ts'
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
import type { TRANSITIONS } from './transitions.ts'

/** A device's request for tokens. */
export interface DeviceRequest {
  /** Authenticate the request for the codes, as the provider's `clientAuthentication` says. */
  readonly credentials: ClientCredentials
  /** Separated by spaces. Without it the server chooses (RFC 6749 section 3.3). */
  readonly scope?: string | null | undefined
  /** Parameters of this request alone. */
  readonly parameters?: Parameters | undefined
}

/** The request for the device's codes is in flight. */
export interface RequestingCodes {
  readonly type: 'requestingCodes'
  /** Saved in this state, the flow cannot be resumed. */
  readonly resumable: false
  /** Becomes that of `AwaitingUser`. */
  readonly client_id: string
  /** Not signed yet. It has the client's secret. */
  readonly request: ClientRequest
}

/**
 * The user has to open `verification_uri` and type `user_code`. The state is plain JSON: you can save it and resume it
 * in another process. It contains the device code, so protect it like a password.
 */
export interface AwaitingUser extends DeviceCodes {
  readonly type: 'awaitingUser'
  /** The version of this shape. */
  readonly v: 1
  /** The name of the provider. A flow is resumed only with the same one. */
  readonly provider: string
  /** The client that the codes belong to. A flow is resumed only with the same one. */
  readonly client_id: string
  /** When to send the next request to the token endpoint, Unix time in ms. */
  readonly wakeAtMs: number
}

/** The request that asks whether the user has signed in is in flight. */
export interface Polling {
  readonly type: 'polling'
  /** Saved in this state, the flow cannot be resumed. */
  readonly resumable: false
  /** Not signed yet. It has the client's secret and the device code. */
  readonly request: ClientRequest
  /** The state to return to while the user has not finished. */
  readonly waiting: AwaitingUser
}

/** The flow has failed and ends without tokens. */
export interface DeviceFailed {
  readonly type: 'failed'
  /** Its code is `invalid_grant` if the device code has expired. */
  readonly failure: Failure
}

/** The time `wakeAtMs` has come. */
export interface Woke {
  readonly type: 'woke'
  /** Unix time in ms. From `expires_at` on, the flow fails. */
  readonly nowMs: number
  /** Authenticate the next request; `AwaitingUser` does not have them. */
  readonly credentials: ClientCredentials
}

/** An effect: wait until `untilMs` (Unix time in ms), then send a `woke` event. */
export interface Wait {
  readonly type: 'wait'
  /** The `wakeAtMs` of the state, Unix time in ms. */
  readonly untilMs: number
}

/** The states of the device authorization grant. `authorized`, `denied` and `failed` are final. */
export type DeviceState = RequestingCodes | AwaitingUser | Polling | Authorized | Denied | DeviceFailed
/** The end of a request, or of a wait. */
export type DeviceEvent = Answered | Unanswered | Woke

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

/** RFC 8628 section 3.5: `slow_down` adds 5 s to the interval of all further requests. */
const SLOW_DOWN_MS = 5_000

/** The longest interval that network and server errors can lead to, in ms. */
const LONGEST_INTERVAL_MS = 60_000

/** Waits `intervalMs` from now, or until `retryAtMs` if that is later. */
function waitFor(
  waiting: Omit<AwaitingUser, 'wakeAtMs'>,
  nowMs: number,
  retryAtMs = 0,
): Step<AwaitingUser, Wait> {
  const wakeAtMs = Math.max(nowMs + waiting.intervalMs, retryAtMs)
  return { state: { ...waiting, wakeAtMs }, effects: [{ type: 'wait', untilMs: wakeAtMs }] }
}

/** Doubles the interval after a failed request. RFC 8628 section 3.5: polling MUST slow down; doubling is RECOMMENDED. */
function backOff(waiting: AwaitingUser, nowMs: number, retryAtMs?: number): Step<AwaitingUser, Wait> {
  const doubled = Math.min(waiting.intervalMs * 2, Math.max(waiting.intervalMs, LONGEST_INTERVAL_MS))
  return waitFor({ ...waiting, intervalMs: doubled }, nowMs, retryAtMs)
}

const fail = (failure: Failure): Step<DeviceFailed, never> => rest({ type: 'failed', failure })

const handlers = (
  provider: Provider,
): Handlers<DeviceState, DeviceEvent, Send | Wait, (typeof TRANSITIONS)['device_code']> => ({
  requestingCodes: {
    answered({ client_id }, event) {
      const { result: codes, failure } = readResponse(provider, event, readDeviceCodes)
      if (failure) return fail(failure)
      const waiting = { type: 'awaitingUser', v: 1, provider: provider.name, client_id, ...codes } as const
      return waitFor(waiting, event.nowMs)
    },
    unanswered: (_, event) => fail(unanswered(event)),
  },
  awaitingUser: {
    woke(waiting, { nowMs, credentials }) {
      const { device_code, expires_at } = waiting
      if (nowMs >= expires_at)
        return fail({ code: 'invalid_grant', message: 'the device code has expired: start again' })
      return send<Polling>({
        type: 'polling',
        resumable: false,
        request: tokenRequest(provider, credentials, { grant_type: GRANT_TYPE, device_code }),
        waiting,
      })
    },
  },
  polling: {
    answered({ waiting }, event) {
      const { result: tokens, failure } = readResponse(provider, event, readTokens)
      if (tokens) return rest({ type: 'authorized', tokens })
      const { request, response, nowMs } = event
      const { status, headers, body } = response
      const value = applyQuirks(provider, parseJson(body), body, request, nowMs)
      const words = errorWords(value)
      const notBeforeMs = retryAtMs(headers['retry-after'], nowMs)
      const isPending = meaningOf(words, 'device', provider.quirks, status) === 'pending'
      if (isPending || words.includes('authorization_pending')) return waitFor(waiting, nowMs, notBeforeMs)
      if (words.includes('slow_down')) {
        const named = (seconds(own(value, 'interval')) ?? 0) * 1000
        const intervalMs = Math.max(waiting.intervalMs + SLOW_DOWN_MS, named)
        return waitFor({ ...waiting, intervalMs }, nowMs, notBeforeMs)
      }
      if (failure.code === 'access_denied') return rest({ type: 'denied', failure })
      // The failure is not about the grant: a proxy's page, or a server error. Keep polling.
      if (failure.code === 'transient' || failure.code === 'indeterminate' || failure.isWordless)
        return backOff(waiting, nowMs, failure.retryAtMs)
      return fail(failure)
    },
    // Without a signature no request of this client can succeed: waiting would hide that until the codes expire.
    unanswered: ({ waiting }, event) =>
      event.code ? fail(unanswered(event)) : backOff(waiting, event.nowMs),
  },
})

/**
 * Returns the machine of the device authorization grant (RFC 8628). The first request obtains the codes. Then the
 * machine polls the token endpoint at each `wakeAtMs`, until the user accepts or declines or the codes expire.
 */
export function deviceAuthorizationGrant(
  provider: Provider,
): Machine<DeviceState, DeviceEvent, Send | Wait, DeviceRequest> {
  return machine(
    'device_code',
    ({ credentials, scope, parameters }) =>
      send<RequestingCodes>({
        type: 'requestingCodes',
        resumable: false,
        client_id: credentials.client_id,
        // Even with HTTP Basic, the body has to name the client (RFC 8628 section 3.1).
        request: tokenRequest(
          provider,
          credentials,
          { client_id: credentials.client_id, scope, ...provider.tokenParameters, ...parameters },
          { to: 'device' },
          provider.deviceAuthorizationEndpoint,
        ),
      }),
    handlers(provider),
  )
}
