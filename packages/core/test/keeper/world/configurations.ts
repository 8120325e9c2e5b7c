// What is explored: every kind of store and server, what processes do there, and what goes wrong.
import { type Configuration, type Fault, MAX_FAULT } from './layout.ts'
import type { Job, Program } from './process.ts'
import { POLICIES, type Policy } from './server.ts'

/** What each kind of store offers to each process. */
export const STORES = {
  'swap and locks': () => ({ lockScope: 'host' }),
  'swap alone': () => ({}),
  'swap, each process with locks of its own host': (index: number) => ({ lockScope: `host ${index % 2}` }),
  'swap and confirm': () => ({ confirm: true }),
  'swap within a process only': () => ({ loose: true as const }),
} as const satisfies Record<string, (index: number) => Partial<Program>>
export type StoreName = keyof typeof STORES

/** What goes wrong, and sign-ins and sign-outs by the user. */
export const TROUBLES = {
  nothing: {},
  crash: { faults: { crash: 1 } },
  'crash, its request delayed': { faults: { crash: 1 }, delayed: true },
  pause: { faults: { pause: 1 } },
  'pause before sending': { faults: { pause: 1 }, swift: true },
  sleep: { faults: { pause: 1 }, sleep: true },
  'nonce required': { faults: { nonce: 2 } },
  'response late': { faults: { slow: 3 } },
  'request lost': { faults: { lostRequest: 1 } },
  'response lost': { faults: { lostResponse: 1 } },
  'response garbled': { faults: { garbled: 1 } },
  throttled: { faults: { throttled: 1 } },
  'refused with an unknown error code': { faults: { refused: 3 } },
  firewall: { faults: { firewall: 3 } },
  'tokens of another account': { faults: { stranger: 1 } },
  'store error': { faults: { storeError: 1 } },
  'store read-only': { faults: { storeDown: 1 } },
  'store loses a lease': { faults: { failover: 1 }, losesLeases: true },
  'store loses a write': { faults: { failover: 1 } },
  'store emptied': { faults: { flush: 1 } },
  'sign-out': { user: 'sign-out' },
  'sign-in of another': { user: 'sign-in' },
} as const satisfies Record<string, Trouble>
export type TroubleName = keyof typeof TROUBLES

interface Trouble {
  readonly faults?: Partial<Readonly<Record<Fault, number>>>
  readonly sleep?: true
  readonly swift?: true
  readonly delayed?: true
  readonly losesLeases?: true
  readonly user?: 'sign-in' | 'sign-out'
}

/** Which access token a process requests, and when. */
const EXPIRED: Job = { request: {} }
const NEXT: Job = { request: {}, whenExpired: true }
const AGAIN: Job = { request: {}, whenAllowed: true }
const REJECTED: Job = { request: { rejected: 'known' } }
const EARLY: Job = { request: { early: true } }
const FORCED: Job = { request: { force: true } }

const EXPIRES_MS = -1_000
const SOON_MS = 30_000
const FRESH_MS = 3_000_000

/** What the processes do, and how long the access token has left at first, in ms. */
export interface Cast {
  readonly jobs: readonly (readonly Job[])[]
  readonly remainingMs: number
  /** The processes remember nothing. */
  readonly forgetful?: true
}

export const CASTS = {
  'two processes, two expiries': {
    jobs: [
      [EXPIRED, NEXT],
      [EXPIRED, NEXT],
    ],
    remainingMs: EXPIRES_MS,
  },
  'two processes, one expiry': { jobs: [[EXPIRED], [EXPIRED]], remainingMs: EXPIRES_MS },
  'three processes, one expiry': { jobs: [[EXPIRED], [EXPIRED], [EXPIRED]], remainingMs: EXPIRES_MS },
  'two processes that remember nothing': {
    jobs: [[EXPIRED], [EXPIRED]],
    remainingMs: EXPIRES_MS,
    forgetful: true,
  },
  'two processes with two requests each': {
    jobs: [
      [EXPIRED, EXPIRED],
      [EXPIRED, EXPIRED],
    ],
    remainingMs: EXPIRES_MS,
  },
  'one expiry, one rejection': { jobs: [[EXPIRED], [REJECTED]], remainingMs: EXPIRES_MS },
  'two rejections': { jobs: [[REJECTED], [REJECTED]], remainingMs: FRESH_MS },
  'rejections in a row, and an expiry': {
    jobs: [
      [REJECTED, REJECTED],
      [EXPIRED, NEXT],
    ],
    remainingMs: FRESH_MS,
  },
  'a token that still works': { jobs: [[EARLY, EXPIRED], [EARLY]], remainingMs: SOON_MS },
  'two processes that retry': {
    jobs: [
      [EXPIRED, AGAIN, AGAIN, AGAIN],
      [EXPIRED, AGAIN],
    ],
    remainingMs: EXPIRES_MS,
  },
  'two forced refreshes': { jobs: [[FORCED], [FORCED, EXPIRED]], remainingMs: FRESH_MS },
  'sign-out in the same process': {
    jobs: [[EXPIRED, { write: 'sign-out' }], [EXPIRED]],
    remainingMs: EXPIRES_MS,
  },
  'sign-in in the same process': {
    jobs: [[EXPIRED, { write: 'sign-in' }, REJECTED], [EXPIRED]],
    remainingMs: EXPIRES_MS,
  },
  'sign-out, then sign-in': {
    jobs: [[EXPIRED], [{ write: 'sign-out' }, { write: 'sign-in' }]],
    remainingMs: EXPIRES_MS,
  },
  'tokens passed to the constructor': {
    jobs: [[EXPIRED], [{ write: 'import' }, REJECTED]],
    remainingMs: EXPIRES_MS,
  },
} as const satisfies Record<string, Cast>
export type CastName = keyof typeof CASTS

const ONE_REFRESH: readonly CastName[] = [
  'two processes, one expiry',
  'two processes, two expiries',
  'three processes, one expiry',
]

/** The casts that do something else than refresh expired tokens. */
export const OTHER_CASTS: readonly CastName[] = names(CASTS).filter(cast => !ONE_REFRESH.includes(cast))

/** One configuration and its name. */
export interface Case {
  readonly name: string
  readonly store: StoreName
  readonly policy: Policy
  readonly troubles: readonly TroubleName[]
  readonly configuration: Configuration
}

export function caseOf(cast: CastName, store: StoreName, policy: Policy, ...troubles: TroubleName[]): Case {
  const { jobs, remainingMs, forgetful }: Cast = CASTS[cast]
  const all = troubles.map((name): Trouble => TROUBLES[name])
  const programs: Program[] = jobs.map((does, index) => ({
    jobs: does,
    remembers: !(forgetful ?? false),
    ...STORES[store](index),
  }))
  // A sign-in or sign-out by the user comes from another process, which acquires no lock for it.
  for (const { user } of all) if (user) programs.push({ jobs: [{ write: user }], remembers: false })
  const faults: Partial<Record<Fault, number>> = {}
  for (const trouble of all)
    for (const [fault, count] of Object.entries(trouble.faults ?? {}) as [Fault, number][])
      faults[fault] = Math.min((faults[fault] ?? 0) + count, MAX_FAULT)
  return {
    name: [cast, store, policy, troubles.join(' and ')].join(', '),
    store,
    policy,
    troubles,
    configuration: {
      policy,
      programs,
      faults,
      remainingMs,
      ...(all.some(({ sleep }) => sleep) && { sleep: true }),
      ...(all.some(({ swift }) => swift) && { swift: true }),
      ...(all.some(({ delayed }) => delayed) && { delayed: true }),
      ...(all.some(({ losesLeases }) => losesLeases) && { losesLeases: true }),
    },
  }
}

/** Returns a case for each trouble. */
export function eachTrouble(cast: CastName, store: StoreName, policy: Policy): Case[] {
  return names(TROUBLES).map(trouble => caseOf(cast, store, policy, trouble))
}

/** Returns a case for every pair of troubles, also of the same trouble twice. */
export function eachPairOfTroubles(cast: CastName, store: StoreName, policy: Policy): Case[] {
  const special = [
    'nothing',
    'pause before sending',
    'sleep',
    'crash, its request delayed',
    'store loses a lease',
  ]
  const all = names(TROUBLES).filter(name => !special.includes(name))
  return all.flatMap((first, at) => all.slice(at).map(second => caseOf(cast, store, policy, first, second)))
}

/** Returns the cases of two hosts whose clocks are `skewMs` apart, with at most one trouble. */
export function withClocksApart(skewMs: number, store: StoreName, policy: Policy): Case[] {
  return (['nothing', 'crash', 'pause', 'response lost', 'store loses a write'] as const).map(trouble => {
    const { configuration, name, ...rest } = caseOf('two processes, one expiry', store, policy, trouble)
    const [first, second] = configuration.programs as [Program, Program]
    return {
      ...rest,
      name: `${name}, clocks ${skewMs / 1000} s apart`,
      configuration: {
        ...configuration,
        programs: [first, { ...second, skewMs }],
        remainingMs: EXPIRES_MS + Math.min(0, skewMs),
      },
    }
  })
}

export function names<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[]
}

export { POLICIES }
