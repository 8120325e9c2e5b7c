// The rules of every machine in Latchkey:
//  - a state, an event and an effect are plain JSON, told apart by `type`;
//  - the legal moves are a table: state -> event -> the states it may lead to; a final state has no row entries;
//  - one handler per entry, and the compiler rejects a missing one, a superfluous one, and one that returns a
//    state its entry does not list;
//  - a pair outside the table throws FlowStateError and changes nothing;
//  - at most one effect is in flight, and a step performs nothing itself: no clock, no randomness, no I/O.
import { FlowStateError } from '../errors.ts'
import { own } from '../util/own.ts'

/** Anything told apart by its `type`. */
export interface Tagged {
  readonly type: string
}

/** What a step leads to: the next state, and the effect to perform before the next event (none: the machine rests). */
export interface Step<S, F> {
  readonly state: S
  readonly effects: readonly F[]
}

/** Every legal move: for each state and each event it accepts, the states it may lead to. */
export type Transitions<S extends Tagged, E extends Tagged> = {
  readonly [state in S['type']]: { readonly [event in E['type']]?: readonly S['type'][] }
}

/**
 * One function per entry of the table `T` or of a part of it, each bound to return a state that its entry lists; final
 * states have none. An entry for an unknown state or event asks for a handler that cannot be written.
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

/** A pure state machine: the same state and event always give the same step. */
export interface Machine<S extends Tagged, E extends Tagged, F, I> {
  readonly name: string
  readonly transitions: Transitions<S, E>
  start(input: I): Step<S, F>
  /** @throws {FlowStateError} when the table has no entry for this state and event. */
  step(state: S, event: E): Step<S, F>
}

/** Makes a machine of its table, its first step and its handlers. */
export function machine<S extends Tagged, E extends Tagged, F, I, T extends Transitions<S, E>>(
  name: string,
  transitions: T,
  start: (input: I) => Step<S, F>,
  handlers: Handlers<S, E, F, T>,
): Machine<S, E, F, I> {
  return {
    name,
    transitions,
    start,
    step(state, event) {
      // The compiler has checked every handler against its entry; which one is due is known only here.
      const handler = own(own(handlers, state.type), event.type) as
        ((state: S, event: E) => Step<S, F>) | undefined
      if (!handler) throw new FlowStateError(`${name}: '${event.type}' is not possible while '${state.type}'`)
      return handler(state, event)
    },
  }
}
