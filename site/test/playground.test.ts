// The playground's engine: the shipped machines beside the naive client, by seeds.
import { expect, test } from '@jest/globals'
import { Tables } from '../../packages/core/test/keeper/world/tables.ts'
import { Engine } from '../playground/engine.ts'
import type { Frame } from '../playground/frame.ts'
import { leaseLeftMs } from '../playground/looks.ts'
import {
  type Action,
  FIRST,
  fragmentOf,
  POLICIES,
  storyOf,
  STORE_NAMES,
  type Story,
} from '../playground/story.ts'

const STEP: Action = { type: 'step' }
const steps = (count: number): Action[] => Array.from({ length: count }, () => STEP)
const SEEDS = Array.from({ length: 12 }, (_, seed) => seed)

/** Returns the last frame of a story. */
function endOf(actions: readonly Action[], setting: Partial<Story> = {}): Frame {
  return new Engine({ ...FIRST, ...setting }).play(actions).at(-1)!
}

/** Returns actions that lead to the next expiry but one, with one more action after some steps. */
function firstExpiry(setting: Partial<Story> = {}): Action[] {
  const frames = new Engine({ ...FIRST, ...setting }).play(steps(200))
  return steps(frames.findIndex(({ clockMs }) => clockMs > 60_000) - 1)
}

test.each(SEEDS)(
  'seed %i: one expiry is one request of eight processes, and eight of the naive ones',
  seed => {
    const { latchkey, naive } = endOf(firstExpiry({ seed }), { seed })
    expect(latchkey).toMatchObject({ requests: 1, signedOut: false })
    expect(latchkey.processes.map(({ calls, failed }) => [calls, failed])).toEqual(Array(8).fill([1, 0]))
    expect(naive).toMatchObject({ requests: 8, signedOut: true })
    expect(naive.processes.filter(({ failed }) => failed > 0)).toHaveLength(7)
  },
)

test.each(Object.values(STORE_NAMES))(
  '%s: four expiries are four requests, and then nothing happens',
  store => {
    const end = endOf(steps(400), { store })
    expect(end).toMatchObject({ isStill: true, latchkey: { requests: 4, signedOut: false } })
    expect(end.latchkey.processes.every(({ calls, failed }) => calls === 4 && failed === 0)).toBe(true)
  },
)

test.each(POLICIES)('policy %s: the naive client sends eight requests', policy => {
  const end = endOf(firstExpiry({ policy }), { policy })
  expect(end.latchkey).toMatchObject({ requests: 1, signedOut: false })
  expect(end.naive.requests).toBe(8)
  expect(end.naive.signedOut).toBe(policy === 'strict')
})

/** Returns the steps until a process of Latchkey looks so, and the process. */
function until(
  look: string,
  text: RegExp,
  setting: Partial<Story> = {},
): { actions: Action[]; process: number } {
  const frames = new Engine({ ...FIRST, ...setting }).play(steps(200))
  for (const [count, { latchkey }] of frames.entries()) {
    const process = latchkey.processes.findIndex(one => one.look === look && text.test(one.text))
    if (process >= 0) return { actions: steps(count), process }
  }
  throw new Error(`no process is ever ${look}`)
}

test('a process that is killed while it refreshes is replaced when its lease ends', () => {
  const { actions, process } = until('sending', /refreshes/)
  const end = endOf([...actions, { type: 'kill', process }, ...steps(400)], {})
  expect(end.latchkey.processes[process]).toMatchObject({ look: 'killed', calls: 0 })
  expect(end.naive.processes[process]!.look).toBe('killed')
  expect(end.latchkey.requests).toBeGreaterThan(1)
})

test.each([
  { store: 'swap and locks', policy: 'strict', signedOut: false },
  { store: 'swap alone', policy: 'grace-same', signedOut: false },
  // What no lease prevents (docs/explanation/guarantees.md): the pause is after the last look at the clock.
  { store: 'swap alone', policy: 'strict', signedOut: true },
] as const)(
  '$store, $policy: a process pauses past its lease just before it sends',
  ({ store, policy, signedOut }) => {
    const setting = { store, policy }
    const { actions, process } = until('sending', /refreshes/, setting)
    const paused: Action[] = [...actions, { type: 'pause', process }, ...steps(80)]
    const frames = new Engine({ ...FIRST, ...setting }).play(paused)
    expect(frames[actions.length + 1]!.latchkey.processes[process]!.look).toBe('paused')
    const over = frames.findIndex(({ record }, at) => at > actions.length && leaseLeftMs(record) === 0)
    const resumed: Action[] = [...paused.slice(0, over + 30), { type: 'resume', process }, ...steps(30)]
    expect(endOf(resumed, setting).latchkey.signedOut).toBe(signedOut)
  },
)

test('a response is dropped once, on both sides', () => {
  const frames = new Engine(FIRST).play([STEP, { type: 'drop' }, ...steps(60)])
  expect(frames[2]!.drops).toBe(true)
  expect(frames.at(-1)!.drops).toBe(false)
  expect(frames.some(({ latchkey }) => /response to . is lost/.test(latchkey.happened?.text ?? ''))).toBe(
    true,
  )
  expect(frames.some(({ naive }) => /gets no response/.test(naive.happened?.text ?? ''))).toBe(true)
})

test('while the store fails Latchkey sends nothing, and continues when it works again', () => {
  const failing = [STEP, { type: 'fail' } as const, ...steps(40)]
  expect(endOf(failing).latchkey).toMatchObject({ requests: 0, signedOut: false })
  const after = endOf([...failing, { type: 'repair' }, ...steps(200)])
  expect(after.latchkey.signedOut).toBe(false)
})

const TROUBLED: Action[] = [
  ...steps(9),
  { type: 'kill', process: 3 },
  ...steps(2),
  { type: 'pause', process: 1 },
  { type: 'drop' },
  ...steps(30),
  { type: 'fail' },
  ...steps(5),
  { type: 'repair' },
  { type: 'resume', process: 1 },
  ...steps(50),
]

test.each(SEEDS)('seed %i: rewind equals replay', seed => {
  const engine = new Engine({ ...FIRST, seed })
  const frames = engine.play(TROUBLED)
  for (const count of [70, 40, 12, 0]) {
    expect(engine.play(TROUBLED.slice(0, count))).toEqual(frames.slice(0, count + 1))
    expect(new Engine({ ...FIRST, seed }).play(TROUBLED.slice(0, count))).toEqual(frames.slice(0, count + 1))
  }
  expect(engine.play(TROUBLED)).toEqual(frames)
})

test('a killed process does nothing more', () => {
  const frames = new Engine(FIRST).play([
    { type: 'kill', process: 0 },
    { type: 'pause', process: 0 },
    { type: 'kill', process: 0 },
    ...steps(60),
  ])
  expect(frames.every(({ latchkey }, at) => at === 0 || latchkey.processes[0]!.look === 'killed')).toBe(true)
})

test.each(SEEDS)('seed %i: whatever the visitor does, no step throws', seed => {
  let random = seed + 1
  const draw = (below: number): number => (random = (random * 48_271) % 2_147_483_647) % below
  const actions: Action[] = Array.from({ length: 400 }, () => {
    if (draw(4) > 0) return STEP
    const type = (['drop', 'fail', 'repair', 'kill', 'pause', 'resume', 'resume'] as const)[draw(7)]!
    return type === 'drop' || type === 'fail' || type === 'repair' ? { type } : { type, process: draw(8) }
  })
  const policy = POLICIES[seed % POLICIES.length]!
  const store = Object.values(STORE_NAMES)[seed % 3]!
  expect(new Engine({ policy, store, seed }).play(actions)).toHaveLength(401)
})

// There are 40,320 orders of eight names. The page waited for them before its first frame.
test('a world that is only played permutes no names of its processes', () => {
  let compared = 0
  // Programs are compared as JSON.
  const program = { jobs: [], remembers: false, toJSON: () => (compared += 1) }
  const tables = new Tables(Array.from({ length: 3 }, () => program))
  expect(compared).toBe(0)
  expect(tables.symmetry).toBeDefined()
  expect(compared).toBe(3)
})

test('a URL holds a story', () => {
  const story: Story = {
    policy: 'grace-same',
    store: 'swap and locks',
    seed: 4_294_967_295,
    actions: TROUBLED,
  }
  expect(fragmentOf(story)).toBe('#play=grace-same,locks,4294967295,s9k3s2p1ds30fs5wr1s50')
  expect(storyOf(fragmentOf(story))).toEqual(story)
  expect(storyOf(fragmentOf(FIRST))).toEqual(FIRST)
})

test.each([
  '',
  '#packages',
  '#play=',
  '#play=other,swap,1,',
  '#play=strict,toString,1,',
  '#play=strict,swap,1,k9',
  '#play=strict,swap,x,s',
])('the fragment %j holds none', fragment => expect(storyOf(fragment)).toBeUndefined())
