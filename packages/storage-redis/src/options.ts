import { checkOptionNames, type Logger } from '@latchkey/core/ports'
import type { createCluster, createSentinel } from '@keyv/redis'

/** A connected client from node-redis's `createClient`, version 5 or 6, with any modules. */
export interface Client {
  readonly isOpen: boolean
  sendCommand(args: readonly string[]): Promise<unknown>
  duplicate(): object
}

/** A connected client from node-redis's `createCluster`, version 5 or 6. */
export interface Cluster {
  readonly isOpen: boolean
  readonly masters: readonly object[]
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>
  duplicate(): object
  nodeClient(node: never): unknown
}

/** The options of node-redis's `createCluster`. */
export type ClusterOptions = NonNullable<Parameters<typeof createCluster>[0]>
/** The options of node-redis's `createSentinel`. */
export type SentinelOptions = NonNullable<Parameters<typeof createSentinel>[0]>

/** The address of Redis: exactly one of four options. */
export type Target =
  /** `redis://user:password@host:port/database`, or `rediss:` for TLS. */
  | { readonly url: string }
  /** Your own connected client. The store does not change it or close it. */
  | { readonly client: Client | Cluster }
  /** The options of node-redis's `createCluster`. */
  | { readonly cluster: ClusterOptions }
  /** The options of node-redis's `createSentinel`. */
  | { readonly sentinel: SentinelOptions }

/** The other options of a `RedisTokenStore`. */
export interface Settings {
  /** Keys in Redis are `<namespace>::<key>`, like Keyv's. Default `latchkey`. */
  readonly namespace?: string
  /**
   * The time for one call, including lost connections and failovers, in ms. Pauses of the process do not count. Default
   * 3,000.
   */
  readonly timeoutMs?: number
  /**
   * Adds the method `confirm`. It checks that at least this many `replicas` have the last write, and waits `timeoutMs`
   * for them (default 500 ms).
   */
  readonly confirm?: { readonly replicas: number; readonly timeoutMs?: number }
  /** Receives one warning if Redis may evict tokens. Default `console`. */
  readonly logger?: Logger
}

/** The options of a `RedisTokenStore`. */
export type RedisTokenStoreOptions = Target & Settings

/** The longest possible timer; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

const SETTINGS = ['namespace', 'timeoutMs', 'confirm', 'logger']
const TARGETS = ['url', 'client', 'cluster', 'sentinel']

const isMs = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS

/** @throws {TypeError} naming the option that is missing, wrong or unknown */
export function validate(options: RedisTokenStoreOptions): Target &
  Required<Omit<Settings, 'confirm'>> & {
    readonly confirm: { readonly replicas: number; readonly timeoutMs: number } | undefined
  } {
  checkOptionNames('RedisTokenStore', options, [...TARGETS, ...SETTINGS])
  checkOptionNames('confirm', options?.confirm, ['replicas', 'timeoutMs'])
  const { namespace = 'latchkey', timeoutMs = 3_000, confirm, logger = console, ...rest } = options ?? {}
  const targets = Object.entries(rest).filter(
    ([name, value]) => TARGETS.includes(name) && value !== undefined,
  )
  if (targets.length !== 1) throw new TypeError(`exactly one of ${TARGETS.join(', ')} must be given`)
  const target = Object.fromEntries(targets) as Target
  if ('url' in target && !isRedisUrl(target.url)) throw new TypeError('url must be a redis: or rediss: URL') // without the URL: it may contain a password
  if ('client' in target && !isClient(target.client))
    throw new TypeError(
      "client must be one of node-redis's createClient or createCluster (for Sentinel, pass its options as sentinel; a client of ioredis has other methods: pass its url)",
    )
  if ('cluster' in target && !target.cluster?.rootNodes?.length)
    throw new TypeError('cluster.rootNodes must name a node')
  if ('sentinel' in target && !(target.sentinel?.name && target.sentinel.sentinelRootNodes?.length))
    throw new TypeError('sentinel.name must be set and sentinel.sentinelRootNodes must name a node')
  if (typeof namespace !== 'string' || namespace === '' || !namespace.isWellFormed())
    throw new TypeError('namespace must be a well-formed, non-empty string')
  if (!isMs(timeoutMs)) throw new TypeError(`timeoutMs must be a number above 0 and at most ${MAX_TIMER_MS}`)
  if (typeof logger?.warn !== 'function') throw new TypeError('logger must have a method warn')
  if (confirm !== undefined && !(Number.isInteger(confirm?.replicas) && confirm.replicas > 0))
    throw new TypeError('confirm.replicas must be a whole number above 0')
  if (confirm?.timeoutMs !== undefined && !isMs(confirm.timeoutMs))
    throw new TypeError(`confirm.timeoutMs must be a number above 0 and at most ${MAX_TIMER_MS}`)
  return {
    ...target,
    namespace,
    timeoutMs,
    logger,
    confirm: confirm && { replicas: confirm.replicas, timeoutMs: confirm.timeoutMs ?? 500 },
  }
}

function isRedisUrl(url: unknown): boolean {
  try {
    const { protocol, pathname } = new URL(url as string)
    return /^rediss?:$/.test(protocol) && /^\/?\d*$/.test(pathname)
  } catch {
    return false
  }
}

/**
 * Rejects Sentinel clients, which have no `duplicate` and do not tell which connection a command used, and clients of ioredis,
 * which have no `isOpen`.
 */
function isClient(client: unknown): boolean {
  const { isOpen, sendCommand, duplicate } = (client ?? {}) as Partial<Client>
  return typeof isOpen === 'boolean' && typeof sendCommand === 'function' && typeof duplicate === 'function'
}
