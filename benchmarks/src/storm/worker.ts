// A process of a storm: requests a token for every account at once, by Latchkey or, for the floor, by hand.
import { Client, defineProvider, type TokenStore } from '@latchkey/core'
import { systemClock } from '@latchkey/core/ports'
import { fetchTransport } from '@latchkey/transport-fetch'

/** The argument of a worker. */
export interface StormSpec {
  readonly how: 'latchkey' | 'floor'
  readonly store:
    { readonly kind: 'files'; readonly directory: string } | { readonly kind: 'redis'; readonly url: string }
  readonly url: string
  readonly accounts: number
  /** Which of the processes this is. By hand each refreshes its part of the accounts. */
  readonly index: number
  readonly processes: number
}

export interface StormAnswer {
  readonly errors: readonly string[]
  readonly peakMb: number
}

const HOUR_MS = 3_600_000
/** How many accounts are refreshed by hand at once: as many as Latchkey sends. */
const POOL = 32

const spec = JSON.parse(process.argv[2] ?? '') as StormSpec
let aheadMs = 0
const clock = {
  ...systemClock,
  nowMs: () => Date.now() + aheadMs,
  monotonicMs: () => performance.now() + aheadMs,
}

async function openStore(): Promise<TokenStore> {
  if (spec.store.kind === 'redis') {
    const { RedisTokenStore } = await import('@latchkey/storage-redis')
    return new RedisTokenStore({ url: spec.store.url })
  }
  const { FileTokenStore } = await import('@latchkey/storage-fs')
  return new FileTokenStore({ directory: spec.store.directory })
}

const store = await openStore()
const provider = defineProvider({
  name: 'storm',
  authorizationEndpoint: `${spec.url}/authorize`,
  tokenEndpoint: `${spec.url}/token`,
  pkce: 'none',
})
const client = new Client({
  client_id: 'id',
  provider,
  store,
  clock,
  transport: fetchTransport(),
  logger: { warn() {} },
})
const names = Array.from({ length: spec.accounts }, (_, index) => `a${index}`)
const accounts = names.map(name => client.account(name))

const byLatchkey = (): Promise<PromiseSettledResult<unknown>[]> =>
  Promise.allSettled(accounts.map(account => account.accessToken()))

/** What a record holds, as far as it is needed here. */
interface Stored {
  readonly tokens: { readonly refresh_token: string }
}

/** The same calls of the store and the server for one account, without a decision. */
async function refreshByHand(name: string): Promise<void> {
  const key = `storm/id/${name}`
  await store.read(key)
  const hold = await store.locks?.acquire(key, { waitMs: 60_000 })
  const found = (await store.read(key))!
  const record = found.value as unknown as Stored
  const leased = await store.compareAndSwap(key, found.version, { ...record, lease: 1 } as never)
  if (!leased.swapped) throw new Error('conflict')
  const response = await fetch(`${spec.url}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: record.tokens.refresh_token,
      client_id: 'id',
    }),
  })
  const tokens = await response.json()
  if (!response.ok) throw new Error('rejected')
  await store.compareAndSwap(key, leased.version, { ...record, tokens } as never)
  await hold?.release()
}

async function byHand(): Promise<PromiseSettledResult<unknown>[]> {
  const own = names.filter((_, index) => index % spec.processes === spec.index)
  const ends: PromiseSettledResult<unknown>[] = []
  const next = async (): Promise<void> => {
    for (let name; (name = own.pop()) !== undefined;)
      ends.push(...(await Promise.allSettled([refreshByHand(name)])))
  }
  await Promise.all(Array.from({ length: POOL }, next))
  return ends
}

async function sow(): Promise<StormAnswer> {
  for (let at = 0; at < accounts.length; at += POOL)
    await Promise.all(
      accounts.slice(at, at + POOL).map(account =>
        account.import({
          access_token: `${account.toJSON().account}-0`,
          refresh_token: `${account.toJSON().account}.0`,
          expires_in: 3600,
        }),
      ),
    )
  return { errors: [], peakMb: 0 }
}

async function storm(): Promise<StormAnswer> {
  aheadMs += HOUR_MS
  const ends = await (spec.how === 'floor' ? byHand() : byLatchkey())
  const errors = ends.flatMap(end =>
    end.status === 'rejected' ? [String((end.reason as Error).message)] : [],
  )
  return { errors, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }
}

process.on('message', (question: 'sow' | 'storm') => {
  void (question === 'sow' ? sow() : storm()).then(answer => process.send!(answer))
})
process.send!('ready')
process.on('disconnect', () => process.exit())
