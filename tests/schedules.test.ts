// The driver that ships, in virtual time, with a scheduler that orders the responses of its store and its server. The
// seed is in each title; LATCHKEY_SEED=<seed> runs the same schedules again. LATCHKEY_SCHEDULES sets how many of each kind
// run; LATCHKEY_SOAK is the full count.
import { setImmediate } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import {
  Client,
  imgur,
  type LatchkeyError,
  MemoryTokenStore,
  type TokenStore,
  type Transport,
  TransportError,
} from '@latchkey/core'
import type { HttpRequest } from '@latchkey/core/ports'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import fc, { type Scheduler } from 'fast-check'
import { seedOf, soaked } from '../tools/soak/shard.ts'

const seed = seedOf(Math.floor(Math.random() * 2 ** 31))
const SCHEDULES = soaked(50_000, Number(process.env['LATCHKEY_SCHEDULES'] ?? 1_000))

const LIFETIME_S = 3600

/** A server that replaces refresh tokens, and records their use. */
class Server {
  /** How often each refresh token was used. */
  readonly uses = new Map<string, number>()
  readonly accessTokens = new Set<string>()
  /** The valid refresh tokens. */
  valid = new Set(['refresh-0'])
  #count = 0
  readonly #graceful: boolean

  /** A server with a grace window still accepts a used refresh token. */
  constructor({ graceful = false }: { readonly graceful?: boolean } = {}) {
    this.#graceful = graceful
  }

  answer(refresh_token: string): { status: number; body: string } {
    const times = (this.uses.get(refresh_token) ?? 0) + 1
    this.uses.set(refresh_token, times)
    if (!this.valid.has(refresh_token)) {
      this.valid.clear() // RFC 9700 section 4.14.2: reuse revokes all tokens of the sign-in
      return { status: 400, body: JSON.stringify({ data: { error: 'Invalid refresh token' } }) }
    }
    if (!this.#graceful) this.valid.delete(refresh_token)
    const n = ++this.#count
    this.valid.add(`refresh-${n}`)
    this.accessTokens.add(`access-${n}`)
    return {
      status: 200,
      body: JSON.stringify({
        access_token: `access-${n}`,
        expires_in: LIFETIME_S,
        token_type: 'bearer',
        refresh_token: `refresh-${n}`,
      }),
    }
  }
}

type Fault = 'request lost' | 'response lost' | 'none'

/** Returns the server behind a network that delivers when the scheduler decides, or not at all. */
function transportTo(server: Server, s: Scheduler, faults: Fault[]): Transport {
  return {
    async send({ body = '' }: HttpRequest) {
      const fault = faults.shift() ?? 'none'
      await s.schedule(Promise.resolve(), 'request')
      if (fault === 'request lost') throw new TransportError('lost', { sent: 'unknown' })
      const answer = server.answer(new URLSearchParams(body).get('refresh_token') ?? '')
      await s.schedule(Promise.resolve(), 'answer')
      if (fault === 'response lost') throw new TransportError('lost', { sent: 'unknown' })
      return { ...answer, headers: { 'content-type': 'application/json' } }
    },
  }
}

/** Returns `store` as one of several processes uses it: each call takes effect when the scheduler decides. */
function seenFrom(store: TokenStore, s: Scheduler, locks: boolean): TokenStore {
  const later = async <T>(label: string, work: () => Promise<T>): Promise<T> => {
    await s.schedule(Promise.resolve(), label)
    const result = await work()
    await s.schedule(Promise.resolve(), `${label} response`)
    return result
  }
  return {
    atomicity: 'process',
    read: key => later('read', () => store.read(key)),
    compareAndSwap: (...swap) => later('swap', () => store.compareAndSwap(...swap)),
    remove: key => later('remove', () => store.remove(key)),
    watch: (key, listener) => store.watch?.(key, listener) ?? (() => {}),
    ...(locks &&
      store.locks && {
        locks: {
          scope: store.locks.scope,
          acquire: (key, options) => later('lock', async () => store.locks?.acquire(key, options)),
        },
      }),
  }
}

/** Runs everything in the scheduler's order; time passes only when nothing else can happen. */
async function play(s: Scheduler, clock: FakeClock, work: readonly Promise<unknown>[]): Promise<void> {
  let open = work.length
  for (const one of work)
    void one.then(
      () => open--,
      () => open--,
    )
  while (open > 0) {
    await setImmediate()
    if (open === 0) return
    if (s.count() > 0) await s.waitNext(1)
    else if (!(await clock.advanceToNext()))
      throw new Error('nothing can happen any more, and a call still waits')
  }
}

const OLD_TOKENS = {
  access_token: 'access-0',
  token_type: 'bearer',
  refresh_token: 'refresh-0',
  expires_in: LIFETIME_S,
}

interface World {
  readonly store: MemoryTokenStore
  readonly server: Server
  readonly clock: FakeClock
  readonly clients: readonly Client[]
}

/** Returns several clients of one account whose access token has expired. */
async function worldOf(
  s: Scheduler,
  {
    clients,
    locks,
    faults = [],
    graceful = false,
  }: {
    readonly clients: number
    readonly locks: boolean
    readonly faults?: Fault[]
    readonly graceful?: boolean
  },
): Promise<World> {
  const clock = fakeClock()
  const store = new MemoryTokenStore({ clock })
  const server = new Server({ graceful })
  const options = {
    client_id: 'id',
    client_secret: 'secret',
    provider: imgur(),
    clock,
    logger: { warn() {} },
  }
  const expires_at = clock.nowMs() - 1_000
  await new Client({ ...options, store }).import({ ...OLD_TOKENS, expires_at })
  const transport = transportTo(server, s, faults)
  return {
    store,
    server,
    clock,
    clients: Array.from(
      { length: clients },
      () => new Client({ ...options, store: seenFrom(store, s, locks), transport }),
    ),
  }
}

async function recordIn(store: TokenStore) {
  const stored = await store.read('imgur/id/default')
  return stored?.value as unknown as {
    generation: number
    status: string
    tokens: { refresh_token?: string; access_token?: string }
    lease?: { ttlMs: number }
    spareRefreshTokens: { refresh_token: string }[]
  }
}

const schedules = (numRuns: number) => ({ seed, numRuns, endOnFailure: false })

test(`${SCHEDULES} schedules of several callers of several clients at one expiry: one request, and all get its token (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.record({ clients: fc.integer({ min: 2, max: 3 }), locks: fc.boolean() }),
      async (s, plan) => {
        const { clients, server, clock, store } = await worldOf(s, plan)
        const callers = [...clients, ...clients].map(client => client.accessToken())
        await play(s, clock, callers)
        expect(new Set(await Promise.all(callers))).toEqual(new Set(['access-1']))
        expect([...server.uses]).toEqual([['refresh-0', 1]])
        expect(await recordIn(store)).toMatchObject({ generation: 2, tokens: { refresh_token: 'refresh-1' } })
      },
    ),
    schedules(SCHEDULES),
  )
})

/** The actions of a program on a client. */
const ACTIONS = ['accessToken', 'rejected', 'regenerate', 'signOut', 'tokens'] as const
const actions = fc.array(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 3 })

async function act(client: Client, action: (typeof ACTIONS)[number]): Promise<unknown> {
  switch (action) {
    case 'accessToken':
      return client.accessToken()
    case 'rejected':
      return client.rejected(client.access_token ?? 'access-0')
    case 'regenerate':
      return client.Authorize.regenerateFromRefreshToken()
    case 'signOut':
      return client.signOut()
    case 'tokens':
      return client.tokens()
  }
}

test(`${SCHEDULES} schedules of random actions: no refresh token is used twice, and no user is signed out except on purpose (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.record({ locks: fc.boolean(), programs: fc.array(actions, { minLength: 2, maxLength: 3 }) }),
      async (s, { locks, programs }) => {
        const world = await worldOf(s, { clients: programs.length, locks })
        const { clients, server, clock, store } = world
        const failures: LatchkeyError[] = []
        const runs = programs.map(async (program, i) => {
          for (const action of program)
            await act(clients[i] as Client, action).catch((error: LatchkeyError) => failures.push(error))
        })
        await play(s, clock, runs)

        for (const [token, times] of server.uses)
          expect(`${token} was used ${times} times`).toBe(`${token} was used 1 times`)
        const record = await recordIn(store)
        const left = programs.flat().includes('signOut')
        if (left) expect(record).toMatchObject({ status: 'signedOut', tokens: {} })
        else {
          expect(record.status).toBe('live')
          expect(server.valid).toContain(record.tokens.refresh_token)
        }
        // A rejection may arrive just after two new tokens in a row were rejected.
        const allowed = left ? ['signed_out', 'transient'] : ['transient']
        expect(failures.filter(({ code }) => !allowed.includes(code))).toEqual([])
        expect(record.lease).toBeUndefined()
      },
    ),
    schedules(SCHEDULES),
  )
})

test(`${SCHEDULES} schedules with lost requests and responses, at a server with a grace window: no user is signed out, no token is lost (seed ${seed})`, async () => {
  const fault = fc.constantFrom<Fault>('none', 'none', 'request lost', 'response lost')
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.record({
        clients: fc.integer({ min: 2, max: 3 }),
        locks: fc.boolean(),
        graceful: fc.constant(true),
        faults: fc.array(fault, { maxLength: 5 }),
      }),
      async (s, plan) => {
        const { clients, server, clock, store } = await worldOf(s, { ...plan, faults: [...plan.faults] })
        const callers = clients.map(client => client.accessToken())
        await play(s, clock, callers)
        const ends = await Promise.allSettled(callers)
        for (const end of ends)
          if (end.status === 'fulfilled') expect(server.accessTokens).toContain(end.value)
          else expect(['indeterminate', 'transient']).toContain((end.reason as LatchkeyError).code)

        // In any case, the next caller gets tokens when the network is back.
        await clock.advance(120_000)
        const next = clients[0]?.accessToken() as Promise<string>
        await play(s, clock, [next])
        expect(server.accessTokens).toContain(await next)
        const { status, tokens } = await recordIn(store)
        expect(status).toBe('live')
        expect(server.valid).toContain(tokens.refresh_token)
      },
    ),
    schedules(SCHEDULES),
  )
})
