import { withScopes } from '../wire/authorization-url.ts'
import { completing } from '../wire/complete-response.ts'
import { perform, type Ports } from '../drive/drive.ts'
import { untilAborted } from '../drive/until-aborted.ts'
import {
  type AwaitingUser,
  deviceAuthorizationGrant,
  type DeviceEvent,
  type DeviceState,
  type Wait,
} from '../flows/device-authorization.ts'
import type { Send } from '../flows/step.ts'
import type { Step } from '../machine/machine.ts'
import type { AbortSignalLike } from '../ports/transport.ts'
import type { DpopKey } from '../keeper/record.ts'
import type { Tokens } from '../tokens.ts'
import type { Client } from '../client/client.ts'
import { type ClientContext, contextOf, needEndpoint, needGrant } from '../client/context.ts'
import { notWaitingError, tokensOf } from '../sign-in/flow-outcome.ts'
import { type OwnRequest, readOwnRequest } from '../sign-in/own-request.ts'
import { readSaved, type UnresumableFlow } from '../sign-in/saved-flow.ts'
import { signIn } from '../sign-in/sign-in.ts'

/** A sign-in that the user completes on another device. */
export interface PendingDevice {
  /** The code that the user types at `verification_uri`. */
  readonly user_code: string
  /** The address that the user opens (RFC 8628 section 3.2). */
  readonly verification_uri: string
  /** The address with the code in it, for a QR code; if the server has one. */
  readonly verification_uri_complete: string | undefined
  /** When the code expires, as Unix time in ms. */
  readonly expires_at: number
  /**
   * Waits for the user, and polls the server no more often than it allows. `signal` ends the wait at once, and `authorize`
   * may be called again. A request under way is not aborted: the client keeps the tokens that it still brings.
   *
   * @throws {AccessDeniedError} when the user declines.
   * @throws {InvalidGrantError} when the code has expired.
   * @throws {MisconfiguredError} when the server does not accept this client.
   * @throws {FlowStateError} when another call is waiting, or the flow is over.
   */
  authorize(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<Tokens>
  /** For `deviceAuthorization`, in this or another process. Keep it like a password: it holds the device code. */
  toJSON(): AwaitingUser | UnresumableFlow
}

/**
 * Starts a sign-in on another device (RFC 8628), for a program without a browser, with the client's `scope` and what this
 * request has of its own; or resumes one that `toJSON` saved, as an object or as JSON text.
 *
 * @throws {MisconfiguredError} when the provider has no endpoint for it or does not accept this client.
 * @throws {TransientError} when the server is not available.
 * @throws {SavedFlowError} when this client cannot resume the saved flow.
 */
export async function deviceAuthorization(
  client: Client,
  saved: AwaitingUser | UnresumableFlow | Omit<OwnRequest, 'state'> | string = {},
): Promise<PendingDevice> {
  const context = contextOf(client)
  needGrant(context.provider, 'device_code')
  needEndpoint(context.provider, 'deviceAuthorizationEndpoint')
  const isSaved = typeof saved === 'string' || 'type' in saved
  const waiting = isSaved ? resumed(context, saved) : await begin(context, saved)
  return pending(context, waiting)
}

async function begin(context: ClientContext, request: OwnRequest): Promise<AwaitingUser> {
  const { provider, offline } = context
  const { scope = context.scope(), parameters } = readOwnRequest(provider, request)
  const machine = deviceAuthorizationGrant(provider)
  const { state, effects } = machine.start({
    credentials: context.credentials(),
    scope: offline ? withScopes(scope, provider.offline?.scope) : scope,
    parameters,
  })
  const requested = machine.step(
    state,
    await perform(effects[0] as Send, { ...context, transport: context.transport() }),
  ).state
  if (requested.type !== 'awaitingUser') tokensOf(requested)
  return requested as AwaitingUser
}

function pending(context: ClientContext, waiting: AwaitingUser): PendingDevice {
  const { provider, clock } = context
  const machine = deviceAuthorizationGrant(provider)
  let now: Step<DeviceState, Send | Wait> = {
    state: waiting,
    effects: [{ type: 'wait', untilMs: waiting.wakeAtMs }],
  }
  let underWay = false
  let isOver = false
  let polling: Promise<void> | undefined
  let stored: Promise<unknown> | undefined
  let dpop: DpopKey | undefined

  /** Sends a request that outlives the wait of its caller. */
  async function poll(effect: Send, ports: Ports): Promise<void> {
    now = machine.step(now.state, await perform(effect, ports))
    polling = undefined
    if (now.state.type === 'authorized')
      stored = signIn(context, now.state.tokens, undefined, { dpop }).stored
  }

  async function wait({ untilMs }: Wait, signal: AbortSignalLike | undefined): Promise<DeviceEvent> {
    await clock.sleep(Math.max(0, untilMs - clock.nowMs()), signal && { signal })
    if (signal?.aborted) throw signal.reason
    return { type: 'woke', nowMs: clock.nowMs(), credentials: context.credentials() }
  }

  const { user_code, verification_uri, verification_uri_complete, expires_at } = waiting
  return {
    user_code,
    verification_uri,
    verification_uri_complete,
    expires_at,
    async authorize({ signal } = {}) {
      if (underWay || isOver) throw notWaitingError(underWay)
      underWay = true
      const release = clock.hold?.()
      try {
        dpop ??= await context.dpop?.createKey()
        const ports = { ...context, transport: completing(context.transport(dpop)) }
        for (let effect; (effect = now.effects[0]);)
          if (effect.type === 'wait') now = machine.step(now.state, await wait(effect, signal))
          else {
            polling ??= poll(effect, ports)
            await (signal ? untilAborted(signal, () => polling!) : polling)
          }
        isOver = true
        const tokens = tokensOf(now.state)
        await stored
        return tokens
      } finally {
        release?.()
        underWay = false
      }
    },
    toJSON: () =>
      now.state.type === 'awaitingUser' ? now.state : { type: now.state.type, resumable: false },
  }
}

/** The type of each member of a saved flow. */
const SHAPE = {
  device_code: 'string',
  user_code: 'string',
  verification_uri: 'string',
  expires_at: 'number',
  intervalMs: 'number',
  wakeAtMs: 'number',
} as const

function resumed(context: ClientContext, saved: unknown): AwaitingUser {
  const origin = { provider: context.provider.name, client_id: context.credentials().client_id }
  return readSaved(
    saved,
    origin,
    flow =>
      flow['type'] === 'awaitingUser' &&
      Object.entries(SHAPE).every(([member, type]) => typeof flow[member] === type),
  ) as unknown as AwaitingUser
}
