// One of several processes that share an account. Its parent moves its clock and makes it request access tokens.
import { Client, defineProvider, dpop, imgur, type KeeperEvent, type TokenStore } from '@latchkey/core'
import { jwtBearer } from '@latchkey/core/provider'
import type { Clock } from '@latchkey/core/ports'
import { fetchTransport } from '@latchkey/transport-fetch'
import { interceptFiles } from '../../packages/storage-fs/test/intercepted-files.ts'
import type { SqlSpec } from '../../packages/storage-sql/test/open-sql.ts'
import { leadTo } from './relay.ts'

/** The store of a worker. */
export type StoreSpec =
  | { readonly kind: 'files'; readonly directory: string }
  | { readonly kind: 'redis'; readonly options: object }
  | { readonly kind: 'sql'; readonly spec: SqlSpec }

/** What a worker may do unlike the others. */
export interface WorkerSettings {
  /** A socket that leads to the server, for a worker in another network namespace. */
  readonly relay?: string
  /** Waits of more than 1 s take this many times as long, because the machine may be busy. Default 6. */
  readonly patience?: number
  /** The tokens are bound to a key. */
  readonly dpop?: boolean
  /** An account whose tokens a JWT renews, at a server with this token endpoint; without a key the process has no grant. */
  readonly service?: { readonly issuer: string; readonly key?: string }
  /** The deadline of a request, in ms, in place of core's. */
  readonly deadlineMs?: number
}

/** The settings of a worker, its first argument. */
export interface WorkerSpec extends WorkerSettings {
  readonly baseUrl: string
  readonly client_id: string
  readonly client_secret: string
  readonly store: StoreSpec
}

/** A question of the parent; the worker sends one answer with its `id`. */
export type Question = { readonly id?: number } &
  /** Moves both clocks forward. */
  (
    | { readonly type: 'advance'; readonly ms: number }
    /** `callers` request a token at the same time. */
    | {
        readonly type: 'ask'
        readonly callers: number
        /** Whose token. */
        readonly account?: string
        /** The worker kills itself before the disk call of this index; -1: never. */
        readonly diesAt?: number
      }
    | { readonly type: 'sign-out' }
    /** Blocks the event loop. */
    | { readonly type: 'block'; readonly ms: number }
  )

/** The answer: the access tokens and the error codes that its callers got, and the events. */
export interface Answer {
  readonly id?: number | undefined
  readonly tokens: readonly string[]
  readonly failures: readonly string[]
  readonly events: readonly KeeperEvent['type'][]
  /** The disk calls in the meantime. */
  readonly calls: readonly string[]
}

async function storeOf(spec: StoreSpec): Promise<TokenStore> {
  if (spec.kind === 'files') {
    const { FileTokenStore } = await import('@latchkey/storage-fs')
    return new FileTokenStore({
      directory: spec.directory,
      fs: interceptFiles(call => beforeCall(call.name)),
    })
  }
  if (spec.kind === 'sql') {
    const { openSql } = await import('../../packages/storage-sql/test/open-sql.ts')
    return (await openSql(spec.spec)).store
  }
  const { RedisTokenStore } = await import('@latchkey/storage-redis')
  return new RedisTokenStore(spec.options as never)
}

let calls: string[] = []
let diesAt = -1

/** Records a disk call, or kills this process before it. */
function beforeCall(name: string): void {
  if (calls.push(name) - 1 !== diesAt) return
  process.kill(process.pid, 'SIGKILL')
  throw new Error('killed')
}

const spec = JSON.parse(process.argv[2] ?? '') as WorkerSpec
const { patience = 6, deadlineMs } = spec
let aheadMs = 0
const clock: Clock = {
  nowMs: () => Date.now() + aheadMs,
  monotonicMs: () => performance.now() + aheadMs,
  sleep: (ms, { signal } = {}) =>
    new Promise(resolve => {
      const end = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(end, ms > 1_000 ? ms * patience : ms)
      signal?.addEventListener('abort', end, { once: true })
    }),
}
const { client_id, client_secret, baseUrl, service } = spec
const transport = fetchTransport({ timeoutMs: 10_000 * patience })
const client = new Client({
  client_id,
  client_secret,
  provider: service
    ? defineProvider({ name: 'service', issuer: baseUrl, tokenEndpoint: `${baseUrl}/token` })
    : imgur({ baseUrl }),
  ...(service?.key !== undefined && {
    grants: { service: jwtBearer({ issuer: service.issuer, key: service.key, subject: 'somebody' }) },
  }),
  transport:
    deadlineMs === undefined
      ? transport
      : { send: (request, options) => transport.send(request, { ...options, deadlineMs }) },
  store: await storeOf(spec.store),
  ...(spec.dpop && { dpop: dpop() }),
  clock,
  // The parent sees the first failure.
  maxWaitMs: 0,
  logger: { warn() {} },
})

let events: KeeperEvent['type'][] = []
for (const type of [
  'refresh-started',
  'refresh-adopted',
  'lock-taken-over',
  'lock-waited',
  'persist-failed',
] as const)
  client.on(type, event => events.push(event.type))

if (spec.relay !== undefined) await leadTo(spec.relay, Number(new URL(baseUrl).port))
process.on('message', (question: Question) => void answer(question))
process.send?.('ready')

async function answer(question: Question): Promise<void> {
  const tokens: string[] = []
  const failures: string[] = []
  if (question.type === 'advance') aheadMs += question.ms
  if (question.type === 'sign-out') await client.signOut()
  if (question.type === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, question.ms)
  ;[calls, diesAt] = [[], question.type === 'ask' ? (question.diesAt ?? -1) : -1]
  if (question.type === 'ask') {
    const { account, callers } = question
    const asked = account === undefined ? client : client.account(account)
    for (const end of await Promise.allSettled(Array.from({ length: callers }, () => asked.accessToken())))
      if (end.status === 'fulfilled') tokens.push(end.value)
      else failures.push(String((end.reason as { code?: string }).code ?? end.reason))
  }
  process.send?.({ id: question.id, tokens, failures, events, calls } satisfies Answer)
  events = []
}
