// What the compiler rejects: a `@ts-expect-error` is itself an error if the compiler reports none there.
import { expect, test } from '@jest/globals'
import { machine } from '../src/machine/machine.ts'
import type { Handlers, Step, Transitions } from '../src/flows/index.ts'

type State = { type: 'off' } | { type: 'on' } | { type: 'broken' }
type Event = { type: 'press' } | { type: 'drop' }

const TABLE = {
  off: { press: ['on'], drop: ['broken', 'off'] },
  on: { press: ['off'] },
  broken: {},
} as const satisfies Transitions<State, Event>
type Lamp = Handlers<State, Event, never, typeof TABLE>

const to = <T extends State['type']>(type: T): Step<{ type: T }, never> => ({ state: { type }, effects: [] })
const start = () => to('off')
const on = { press: () => to('off') }

test('the compiler accepts a table with its handlers', () => {
  const handlers: Lamp = { off: { press: () => to('on'), drop: () => to('broken') }, on }
  const lamp = machine<State, Event, never, void, typeof TABLE>('lamp', start, handlers)
  expect(lamp.step(lamp.start().state, { type: 'press' }).state).toEqual({ type: 'on' })
})

test('the compiler rejects a missing handler', () => {
  // @ts-expect-error: `drop` is in the table.
  const event: Lamp = { off: { press: () => to('on') }, on }
  // @ts-expect-error: `on` is in the table.
  const state: Lamp = { off: { press: () => to('on'), drop: () => to('broken') } }
  expect([event, state]).toHaveLength(2)
})

test('the compiler rejects a superfluous handler', () => {
  // @ts-expect-error: the table has no `drop` while `on`.
  const event: Lamp['on'] = { press: () => to('off'), drop: () => to('broken') }
  // @ts-expect-error: `broken` is final.
  const final: Lamp = { off: { press: () => to('on'), drop: () => to('off') }, on, broken: {} }
  // @ts-expect-error: there is no state `dim`.
  const state: Lamp = { off: { press: () => to('on'), drop: () => to('off') }, on, dim: {} }
  expect([event, final, state]).toHaveLength(3)
})

test('the compiler rejects a handler that returns a state its entry does not list', () => {
  // @ts-expect-error: `press` leads from `on` to `off` only.
  const stays: Lamp['on'] = { press: () => to('on') }
  // @ts-expect-error: `drop` leads to `broken` or `off`.
  const lights: Lamp['off']['drop'] = () => to('on')
  expect([stays, lights]).toHaveLength(2)
})

test('the compiler rejects a handler for another state or event than its entry', () => {
  // @ts-expect-error: the handler receives `on`, but declares `off`.
  const wrongState: Lamp['on'] = { press: (_: { type: 'off' }) => to('off') }
  // @ts-expect-error: the handler receives `press`, but declares `drop`.
  const wrongEvent: Lamp['on'] = { press: (_: { type: 'on' }, __: { type: 'drop' }) => to('off') }
  expect([wrongState, wrongEvent]).toHaveLength(2)
})

test('the compiler rejects an entry that names an unknown state or event', () => {
  const state = { ...TABLE, dim: { press: ['off'] } } as const
  const event = { ...TABLE, on: { press: ['off'], touch: ['off'] } } as const
  const target = { ...TABLE, on: { press: ['dim'] } } as const
  const lamp = { off: { press: () => to('on'), drop: () => to('broken') }, on }

  const make = [
    // @ts-expect-error: there is no state `dim`.
    () => machine<State, Event, never, void, typeof state>('lamp', state, start, lamp),
    // @ts-expect-error: there is no event `touch`.
    () => machine<State, Event, never, void, typeof event>('lamp', event, start, lamp),
    // @ts-expect-error: `press` cannot lead to `dim`.
    () => machine<State, Event, never, void, typeof target>('lamp', target, start, lamp),
  ]
  expect(make).toHaveLength(3)
})

test('the compiler rejects a table without a row for every state', () => {
  const { broken: _, ...rows } = TABLE
  const lamp = { off: { press: () => to('on'), drop: () => to('broken') }, on }
  // @ts-expect-error: `broken` has no row.
  const make = () => machine<State, Event, never, void, typeof rows>('lamp', rows, start, lamp)
  expect(make).toBeDefined()
})
