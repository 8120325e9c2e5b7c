import { perform } from '../drive/drive.ts'
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
import type { Tokens } from '../tokens.ts'
import type { Client } from '../client/client.ts'
import { type ClientContext, contextOf, needEndpoint, needGrant } from '../client/context.ts'
import { notWaitingError, tokensOf } from '../sign-in/flow-outcome.ts'
import { readSaved, type UnresumableFlow } from '../sign-in/saved-flow.ts'

/** A sign-in that a person ends on another device. */
export interface PendingDevice {
  /** What the person types at `verification_uri`. */
  readonly user_code: string
  /** The address that the person opens (RFC 8628 section 3.2). */
  readonly verification_uri: string
  /** The same with the code in it, for a QR code; where the server has one. */
  readonly verification_uri_complete: string | undefined
  /** Unix time in ms after which the code is worth nothing. */
  readonly expires_at: number
  /**
   * Waits for the person; it asks the server no more often than that allows. `signal` ends the wait, and
   * `authorize` may be called again.
   *
   * @throws {AccessDeniedError} when the person says no.
   * @throws {InvalidGrantError} when the code has expired.
   * @throws {MisconfiguredError} when the server does not accept this client.
   * @throws {FlowStateError} when it is being waited already, or when it is over.
   */
  authorize(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<Tokens>
  /** To be given to `deviceAuthorization`, here or elsewhere. Keep it like a password: it holds the device code. */
  toJSON(): AwaitingUser | UnresumableFlow
}

/**
 * Begins a sign-in on another device (RFC 8628), for a program without a browser, with the client's `scope`; or
 * takes up one that `toJSON` saved, as an object or as JSON text.
 *
 * @throws {MisconfiguredError} when the provider has no endpoint for it or does not accept this client.
 * @throws {TransientError} when the server cannot be asked now.
 * @throws {SavedFlowError} when what was saved cannot be taken up by this client.
 */
export async function deviceAuthorization(
  client: Client,
  saved?: AwaitingUser | UnresumableFlow | string,
): Promise<PendingDevice> {
  const context = contextOf(client)
  needGrant(context.provider, 'device_code')
  needEndpoint(context.provider, 'deviceAuthorizationEndpoint')
  const waiting = saved === undefined ? await begin(context) : resumed(context, saved)
  return pending(context, waiting)
}

async function begin(context: ClientContext): Promise<AwaitingUser> {
  const { provider, clock } = context
  const machine = deviceAuthorizationGrant(provider)
  const { state, effects } = machine.start({
    credentials: context.credentials(),
    scope: context.scope(),
  })
  const ports = { transport: context.transport(), clock }
  const requested = machine.step(state, await perform(effects[0] as Send, ports)).state
  if (requested.type !== 'awaitingUser') tokensOf(requested)
  return requested as AwaitingUser
}

function pending(context: ClientContext, waiting: AwaitingUser): PendingDevice {
  const { provider, clock, keeper } = context
  const machine = deviceAuthorizationGrant(provider)
  let now: Step<DeviceState, Send | Wait> = {
    state: waiting,
    effects: [{ type: 'wait', untilMs: waiting.wakeAtMs }],
  }
  let underWay = false

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
      const [first] = now.effects
      if (underWay || !first) throw notWaitingError(underWay)
      underWay = true
      const release = clock.hold?.()
      try {
        const ports = { transport: context.transport(), clock }
        for (let effect: Send | Wait | undefined = first; effect; effect = now.effects[0])
          now = machine.step(
            now.state,
            effect.type === 'wait' ? await wait(effect, signal) : await perform(effect, ports),
          )
        const tokens = tokensOf(now.state)
        keeper.signIn({ tokens, obtainedAtMs: clock.nowMs() })
        await keeper.waitUntilStored()
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

/** What each member of a saved flow is. */
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
