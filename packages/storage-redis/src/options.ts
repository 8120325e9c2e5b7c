import type { Logger } from '@latchkey/core/ports'
import type { createCluster, createSentinel, RedisClientType, RedisClusterType } from '@keyv/redis'

/** A connected client of node-redis, as `createClient` or `createCluster` makes them, whatever its modules. */
export type Client = Pick<RedisClientType, 'isOpen' | 'sendCommand' | 'duplicate'>
/** The same of a Cluster. */
export type Cluster = Pick<
  RedisClusterType,
  'isOpen' | 'sendCommand' | 'duplicate' | 'masters' | 'nodeClient'
>

/** What `createCluster` of node-redis takes. */
export type ClusterOptions = NonNullable<Parameters<typeof createCluster>[0]>
/** What `createSentinel` of node-redis takes. */
export type SentinelOptions = NonNullable<Parameters<typeof createSentinel>[0]>

/** Where Redis is: exactly one of the four. */
export type Target =
  /** `redis://user:password@host:port/database`, or `rediss:` for TLS. */
  | { readonly url: string }
  /** A client of yours. It has to be connected, is used as it is, and stays open when the store is closed. */
  | { readonly client: Client | Cluster }
  /** As node-redis's `createCluster` takes it. */
  | { readonly cluster: ClusterOptions }
  /** As node-redis's `createSentinel` takes it. */
  | { readonly sentinel: SentinelOptions }

/** What else a `RedisTokenStore` is told. */
export interface Settings {
  /** Redis's keys are `<namespace>::<key>`, as Keyv's are. Default `latchkey`. */
  readonly namespace?: string
  /** The time for one call, lost connections and failovers included, in ms. Default 3,000. */
  readonly timeoutMs?: number
  /**
   * Gives the store `confirm`: it asks that many `replicas` for the last write and waits `timeoutMs` for them
   * (default 500 ms).
   */
  readonly confirm?: { readonly replicas: number; readonly timeoutMs?: number }
  /** Told once if Redis may evict what is stored here. Default `console`. */
  readonly logger?: Logger
}

/** What a `RedisTokenStore` is made of. */
export type RedisTokenStoreOptions = Target & Settings

/** The longest that a timer can run; beyond it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

const TARGETS = ['url', 'client', 'cluster', 'sentinel']

const isMs = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS

/** @throws {TypeError} naming the option that is missing or wrong */
export function validate(options: RedisTokenStoreOptions): Target &
  Required<Omit<Settings, 'confirm'>> & {
    readonly confirm: { readonly replicas: number; readonly timeoutMs: number } | undefined
  } {
  const { namespace = 'latchkey', timeoutMs = 3_000, confirm, logger = console, ...rest } = options ?? {}
  const given = Object.entries(rest).filter(([name, value]) => TARGETS.includes(name) && value !== undefined)
  if (given.length !== 1) throw new TypeError(`exactly one of ${TARGETS.join(', ')} must be given`)
  const target = Object.fromEntries(given) as Target
  if ('url' in target && !isRedisUrl(target.url)) throw new TypeError('url must be a redis: or rediss: URL') // without the URL: it may hold a password
  if ('client' in target && !isClient(target.client))
    throw new TypeError(
      "client must be one of node-redis's createClient or createCluster (for Sentinel, pass its options as sentinel)",
    )
  if ('cluster' in target && !target.cluster?.rootNodes?.length)
    throw new TypeError('cluster.rootNodes must name a node')
  if ('sentinel' in target && !(target.sentinel?.name && target.sentinel.sentinelRootNodes?.length))
    throw new TypeError('sentinel.name must be set and sentinel.sentinelRootNodes must name a node')
  if (typeof namespace !== 'string' || namespace === '' || !namespace.isWellFormed())
    throw new TypeError('namespace must be a well-formed string that is not empty')
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

/** A Sentinel client has no `duplicate`, and cannot say which connection a command took. */
function isClient(client: unknown): boolean {
  const { sendCommand, duplicate } = (client ?? {}) as Partial<Client>
  return typeof sendCommand === 'function' && typeof duplicate === 'function'
}
