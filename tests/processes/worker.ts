// One of several processes that share an account. Its parent moves its clock and has it ask for access tokens.
import { Client, imgur, type KeeperEvent, type TokenStore } from '@latchkey/core'
import type { Clock } from '@latchkey/core/ports'
import { fetchTransport } from '@latchkey/transport-fetch'
import { interceptFiles } from '../../packages/storage-fs/test/intercepted-files.ts'
import { leadTo } from './relay.ts'

/** Where a worker finds its store. */
export type StoreSpec =
  | { readonly kind: 'files'; readonly directory: string }
  | { readonly kind: 'redis'; readonly options: object }

/** What a worker is told, in its first argument. */
export interface WorkerSpec {
  readonly baseUrl: string
  readonly client_id: string
  readonly client_secret: string
  readonly store: StoreSpec
  /** A socket that leads to the server, for who is in a network namespace of its own. */
  readonly relay?: string
}

/** What a parent asks; every question is answered once, under its `id`. */
export type Question = { readonly id?: number } &
  /** Time passes, by both clocks. */
  (
    | { readonly type: 'advance'; readonly ms: number }
    /** So many callers ask at once. */
    | {
        readonly type: 'ask'
        readonly callers: number
        /** It kills itself before so many calls to the disk, -1: never. */
        readonly diesAt?: number
      }
    | { readonly type: 'sign-out' }
  )

/** What a worker answers: the access tokens that its callers got, the codes of their errors, what was decided. */
export interface Answer {
  readonly id?: number | undefined
  readonly tokens: readonly string[]
  readonly failures: readonly string[]
  readonly events: readonly KeeperEvent['type'][]
  /** The calls that it made to the disk meanwhile. */
  readonly calls: readonly string[]
}

async function storeOf(spec: StoreSpec): Promise<TokenStore> {
  if (spec.kind === 'files') {
    const { FileTokenStore } = await import('@latchkey/storage-fs')
    return new FileTokenStore({ directory: spec.directory, fs: interceptFiles(call => meet(call.name)) })
  }
  const { RedisTokenStore } = await import('@latchkey/storage-redis')
  return new RedisTokenStore(spec.options as never)
}

let calls: string[] = []
let diesAt = -1

/** A call is about to be made. */
function meet(name: string): void {
  if (calls.push(name) - 1 !== diesAt) return
  process.kill(process.pid, 'SIGKILL')
  throw new Error('killed')
}

const spec = JSON.parse(process.argv[2] ?? '') as WorkerSpec
/** Machines may be busy: whatever is waited for longer than a moment is waited for so many times as long. */
const PATIENCE = 6
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
      const timer = setTimeout(end, ms > 1_000 ? ms * PATIENCE : ms)
      signal?.addEventListener('abort', end, { once: true })
    }),
}
const { client_id, client_secret, baseUrl } = spec
const client = new Client({
  client_id,
  client_secret,
  provider: imgur({ baseUrl }),
  transport: fetchTransport({ timeoutMs: 10_000 * PATIENCE }),
  store: await storeOf(spec.store),
  clock,
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
  ;[calls, diesAt] = [[], question.type === 'ask' ? (question.diesAt ?? -1) : -1]
  if (question.type === 'ask')
    for (const end of await Promise.allSettled(
      Array.from({ length: question.callers }, () => client.accessToken()),
    ))
      if (end.status === 'fulfilled') tokens.push(end.value)
      else failures.push(String((end.reason as { code?: string }).code ?? end.reason))
  process.send?.({ id: question.id, tokens, failures, events, calls } satisfies Answer)
  events = []
}
