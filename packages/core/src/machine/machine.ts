// The rules of every machine in Latchkey:
//  - States, events and effects are plain JSON, distinguished by `type`.
//  - A table lists the transitions: state -> event -> possible next states. The row of a final state is empty.
//  - Each entry has one handler. The compiler rejects a missing handler, a superfluous one, and one that returns a
//    state that its entry does not list.
//  - A pair outside the table throws FlowStateError and changes nothing.
//  - At most one effect is in flight. A step performs nothing itself: no clock, no randomness, no I/O.
import { FlowStateError } from '../errors.ts'
import { own } from '../util/own.ts'

/** A state, an event or an effect: its `type` says which. */
export interface Tagged {
  readonly type: string
}

/** The result of a step: the next state, and the effect to perform before the next event (none: the machine rests). */
export interface Step<S, F> {
  /** Plain JSON. */
  readonly state: S
  /** In order. Only the last may have a result, which is the next event. */
  readonly effects: readonly F[]
}

/** The table of transitions: for each state and each event that it accepts, the possible next states. */
export type Transitions<S extends Tagged, E extends Tagged> = {
  readonly [state in S['type']]: { readonly [event in E['type']]?: readonly S['type'][] }
}

/**
 * One handler for each entry of `T`, which is the table or a part of it. A handler must return a state that its entry
 * lists. Final states have no handlers. An entry for an unknown state or event requires a handler that cannot exist.
 */
export type Handlers<S extends Tagged, E extends Tagged, F, T extends Partial<Transitions<S, E>>> = {
  readonly [state in keyof T as keyof T[state] extends never ? never : state]: {
    readonly [event in keyof T[state]]: [state, event] extends [S['type'], E['type']]
      ? (
          state: Extract<S, { type: state }>,
          event: Extract<E, { type: event }>,
        ) => Step<Extract<S, { type: Targets<T[state][event]> }>, F>
      : never
  }
}

type Targets<Entry> = Entry extends readonly (infer Target)[] ? Target : never

/** A pure state machine: the same state and event always return the same step. */
export interface Machine<S extends Tagged, E extends Tagged, F, I> {
  /** Named in the messages of `FlowStateError`. */
  readonly name: string
  /** Returns the first state and what to perform in it. */
  start(input: I): Step<S, F>
  /** Returns the step that follows. @throws {FlowStateError} when its table has no entry for this state and event. */
  step(state: S, event: E): Step<S, F>
}

/** Creates a machine from its first step and its handlers. `T` is its table. */
export function machine<S extends Tagged, E extends Tagged, F, I, T extends Transitions<S, E>>(
  name: string,
  start: (input: I) => Step<S, F>,
  handlers: Handlers<S, E, F, T>,
): Machine<S, E, F, I> {
  return {
    name,
    start,
    step(state, event) {
      // The compiler has checked every handler against its entry, but only here the state and event are known.
      const handler = own(own(handlers, state.type), event.type) as
        ((state: S, event: E) => Step<S, F>) | undefined
      if (!handler) throw new FlowStateError(`${name}: '${event.type}' is not possible while '${state.type}'`)
      return handler(state, event)
    },
  }
}
