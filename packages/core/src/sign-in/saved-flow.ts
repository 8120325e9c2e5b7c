import { SavedFlowError } from '../errors.ts'
import type { AwaitingRedirect } from '../flows/authorization-code.ts'
import type { AwaitingToken } from '../flows/implicit.ts'
import type { AwaitingPin } from '../flows/pin.ts'
import { isObject, parseJson } from '../wire/json.ts'
import { isWaiting, type Outcome } from './flow-outcome.ts'

/** A flow that waits for a person, as plain JSON. It holds the `state` and the code's verifier: keep it like a password. */
export type SavedFlow = AwaitingRedirect | AwaitingToken | AwaitingPin

/** All there is to save of a flow that is over, or whose code or PIN is on its way. */
export interface UnresumableFlow {
  readonly type: string
  readonly resumable: false
}

/** A flow, as far as its tokens: whose they are is another matter. */
export interface Flow<Result extends Outcome | Promise<Outcome>> {
  /** What comes of what the person brought. */
  obtain(input: string): Result
  toJSON(): SavedFlow | UnresumableFlow
}

/** What a saved flow must agree with. */
export interface FlowOrigin {
  readonly provider: string
  readonly client_id: string
  readonly authorizationEndpoint?: string | undefined
}

/** The JSON of a flow in any state. */
export function saveFlow(state: { readonly type: string }): SavedFlow | UnresumableFlow {
  return isWaiting(state.type) ? (state as SavedFlow) : { type: state.type, resumable: false }
}

/**
 * What was saved, or its JSON text, checked to be of this provider and client, and whole as `isWhole` says.
 *
 * @throws {SavedFlowError} when it is not.
 */
export function readSaved(
  saved: unknown,
  origin: Pick<FlowOrigin, 'provider' | 'client_id'>,
  isWhole: (flow: Readonly<Record<string, unknown>>) => boolean,
): Readonly<Record<string, unknown>> {
  const flow = typeof saved === 'string' ? parseJson(saved) : saved
  if (!isObject(flow)) throw new SavedFlowError('this is no saved flow')
  const { v, resumable, provider, client_id } = flow
  if (resumable === false)
    throw new SavedFlowError(
      'this flow was over, or its code or PIN was on its way, when it was saved: begin a new one',
    )
  if (v !== 1) throw new SavedFlowError('this flow was saved by another version of Latchkey')
  if (provider !== origin.provider || client_id !== origin.client_id)
    throw new SavedFlowError('this flow was begun with another provider or client_id')
  if (!isWhole(flow)) throw new SavedFlowError('this saved flow is damaged')
  return flow
}

/**
 * A saved flow, or its JSON text, checked to be whole and of this provider and client.
 *
 * @throws {SavedFlowError} when it is not.
 */
export function readSavedFlow(saved: unknown, origin: FlowOrigin): SavedFlow {
  const flow = readSaved(
    saved,
    origin,
    ({ type, url, state, redirect_uri, code_verifier }) =>
      isWaiting(type) &&
      typeof state === 'string' &&
      state !== '' &&
      typeof url === 'string' &&
      url.startsWith(origin.authorizationEndpoint ?? '') &&
      [redirect_uri, code_verifier].every(value => value == null || typeof value === 'string'),
  )
  const { v, type, provider, client_id, url, state, redirect_uri, code_verifier } = flow
  return {
    v,
    type,
    provider,
    client_id,
    url,
    state,
    ...(redirect_uri != null && { redirect_uri }),
    ...(code_verifier != null && { code_verifier }),
  } as SavedFlow
}
