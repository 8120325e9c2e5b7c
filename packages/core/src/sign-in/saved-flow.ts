import { SavedFlowError } from '../errors.ts'
import type { AwaitingRedirect } from '../flows/authorization-code.ts'
import type { AwaitingToken } from '../flows/implicit.ts'
import type { AwaitingPin } from '../flows/pin.ts'
import { platform } from '../platform.ts'
import { isPlain } from '../provider/addresses.ts'
import { own } from '../util/own.ts'
import { isObject, parseJson } from '../wire/json.ts'
import { isWaiting, type Outcome } from './flow-outcome.ts'

/** A flow that waits for the user, as JSON. Keep it like a password: it holds the `state` and the code verifier. */
export type SavedFlow = AwaitingRedirect | AwaitingToken | AwaitingPin

/** The JSON of a flow that is over, or whose code or PIN has been sent: it cannot be resumed. */
export interface UnresumableFlow {
  readonly type: string
  readonly resumable: false
}

/** What the caller knows about a redirect. */
export interface RedirectOptions {
  /**
   * The client's `redirect_uri` has a path that no other provider uses. Then the path identifies the server of a redirect
   * with an `iss`, even if the provider is described without an `issuer` (RFC 9700 section 4.4.2.2). Default false.
   */
  readonly redirectUriIsOwn?: boolean | undefined
}

/** The part of a flow that obtains tokens; it does not store them. */
export interface Flow<Result extends Outcome | Promise<Outcome>> {
  /** Obtains tokens for what the user returned with. */
  obtain(input: string, options?: RedirectOptions): Result
  toJSON(): SavedFlow | UnresumableFlow
}

/** The provider and client that a saved flow must belong to. */
export interface FlowOrigin {
  readonly provider: string
  readonly client_id: string
  readonly authorizationEndpoint?: string | undefined
  /** The provider uses PKCE. */
  readonly pkce: boolean
}

/** Returns the JSON of a flow in any state. */
export function saveFlow(state: { readonly type: string }): SavedFlow | UnresumableFlow {
  return isWaiting(state.type) ? (state as SavedFlow) : { type: state.type, resumable: false }
}

/**
 * Reads a saved flow, or its JSON text, and checks that it belongs to this provider and client and that `isWhole`.
 *
 * @throws {SavedFlowError} when a check fails.
 */
export function readSaved(
  saved: unknown,
  origin: Pick<FlowOrigin, 'provider' | 'client_id'>,
  isWhole: (flow: Readonly<Record<string, unknown>>) => boolean,
): Readonly<Record<string, unknown>> {
  const flow = typeof saved === 'string' ? parseJson(saved) : saved
  if (!isObject(flow)) throw new SavedFlowError('this is not a saved flow: pass what toJSON() returned')
  const { v, resumable, provider, client_id } = flow
  if (resumable === false)
    throw new SavedFlowError(
      'this flow was over, or its code or PIN had been sent, when it was saved: start a new one',
    )
  if (v !== 1) throw new SavedFlowError('this flow was saved by another version of Latchkey: start a new one')
  if (provider !== origin.provider || client_id !== origin.client_id)
    throw new SavedFlowError('this flow was started with another provider or client_id: resume it with those')
  if (!isWhole(flow)) throw new SavedFlowError('this saved flow is damaged: start a new one')
  return flow
}

/**
 * Reads a saved flow, or its JSON text, and checks that it is complete and belongs to this provider and client.
 *
 * @throws {SavedFlowError} when a check fails.
 */
export function readSavedFlow(saved: unknown, origin: FlowOrigin): SavedFlow {
  const flow = readSaved(
    saved,
    origin,
    ({ type, url, state, redirect_uri, code_verifier, nonce, dpop }) =>
      isWaiting(type) &&
      typeof state === 'string' &&
      state !== '' &&
      typeof url === 'string' &&
      isAt(url, origin.authorizationEndpoint) &&
      (type !== 'awaitingRedirect' || !origin.pkce || !!code_verifier) &&
      (dpop === undefined || typeof own(dpop, 'jkt') === 'string') &&
      [redirect_uri, code_verifier, nonce].every(value => value == null || typeof value === 'string'),
  )
  const { v, type, provider, client_id, url, state, redirect_uri, code_verifier, nonce, dpop } = flow
  return {
    v,
    type,
    provider,
    client_id,
    url,
    state,
    ...(redirect_uri != null && { redirect_uri }),
    ...(code_verifier != null && { code_verifier }),
    ...(nonce != null && { nonce }),
    ...(dpop !== undefined && { dpop }),
  } as SavedFlow
}

/** Whether `url` is the endpoint with parameters: a user is sent there. */
function isAt(url: string, endpoint = ''): boolean {
  try {
    const [found, expected] = [new platform.URL(url), new platform.URL(endpoint)]
    return found.origin === expected.origin && found.pathname === expected.pathname && isPlain(url)
  } catch {
    return false
  }
}
