import { createClient, createCluster } from '@keyv/redis'
import {
  type Client,
  type Cluster,
  type Connection,
  copyOf,
  dial,
  end,
  toCluster,
  toOnePrimary,
  unattended,
} from './connection.ts'
import { Hopeless } from './faults.ts'
import type { ClusterOptions, SentinelOptions, Target } from './options.ts'
import { within } from './within.ts'

/** Where connections come from. */
export interface Source {
  /** What errors call it; never with a password. */
  readonly name: string
  /** A new connection. */
  open(): Promise<Connection>
  /** The connection that somebody else keeps; none where each is opened and retired by us. */
  readonly given?: () => Connection
}

type Node = { readonly host: string; readonly port: number }
type ClientOptions = NonNullable<Parameters<typeof createClient>[0]>

/** How connections to `target` are opened, each within `ms`. */
export function sourceOf(target: Target, ms: number): Source {
  if ('url' in target) return byUrl(target.url, ms)
  if ('sentinel' in target) return bySentinel(target.sentinel, ms)
  if ('cluster' in target) return byCluster(target.cluster, ms)
  return handedIn(target.client as Client | Cluster, ms)
}

function byUrl(url: string, ms: number): Source {
  return {
    name: `Redis at ${new URL(url).host || 'localhost'}`,
    open: async () => toOnePrimary(await dial(clientOf({ url }, ms), ms), ms),
  }
}

/**
 * Asks the sentinels who is the primary, and that one whether it agrees, as Sentinel's guidelines for clients say
 * (https://redis.io/docs/latest/develop/reference/sentinel-clients/).
 */
function bySentinel(options: SentinelOptions, ms: number): Source {
  const { name, sentinelRootNodes, sentinelClientOptions, nodeClientOptions, nodeAddressMap, RESP } = options
  const mapped = (host: string, port: string): Node => {
    const address = `${host}:${port}`
    const other = typeof nodeAddressMap === 'function' ? nodeAddressMap(address) : nodeAddressMap?.[address]
    return other ?? { host, port: Number(port) }
  }
  return {
    name: `Redis "${name}" of Sentinel`,
    async open() {
      const nodes = sentinelRootNodes.map(({ host, port }) => ({
        ...sentinelClientOptions,
        socket: { ...sentinelClientOptions?.socket, host, port },
      }))
      const { reply } = await firstOf(nodes, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name], Array.isArray, ms)
      const [host, port] = reply as [string, string]
      const node = {
        ...nodeClientOptions,
        ...(RESP && { RESP }),
        socket: { ...nodeClientOptions?.socket, ...mapped(host, port) },
      }
      const client = await dial(clientOf(node as ClientOptions, ms), ms)
      const role = await within(ms, () => client.sendCommand(['ROLE'])).catch((error: unknown) => error)
      if (Array.isArray(role) && role[0] === 'master') return toOnePrimary(client, ms)
      end(client)
      throw role instanceof Error ? role : new Error('READONLY what the sentinels name is a replica')
    },
  }
}

/** Opens a cluster through a node that answers: node-redis would wait for one that does not. */
function byCluster(options: ClusterOptions, ms: number): Source {
  const { defaults } = options
  const nodes = options.rootNodes.map(node => ({
    ...defaults,
    ...node,
    socket: { ...defaults?.socket, ...node.socket },
  }))
  return {
    name: 'the Redis cluster',
    async open() {
      const isWhole = (reply: unknown): boolean => String(reply).includes('cluster_state:ok')
      const { node } = await firstOf(nodes as ClientOptions[], ['CLUSTER', 'INFO'], isWhole, ms)
      const cluster = createCluster({
        ...options,
        rootNodes: [node],
        defaults: { ...defaults, ...unattended(defaults?.socket, ms) },
        useReplicas: false,
        minimizeConnections: true,
      })
      return openCluster(cluster as unknown as Cluster, ms)
    },
  }
}

async function openCluster(cluster: Cluster, ms: number): Promise<Connection> {
  for (const event of ['error', 'node-error']) cluster.on(event, () => {}) // commands reject with it
  const connection = toCluster(cluster, ms)
  try {
    await within(ms, () => cluster.connect())
    return connection
  } catch (error) {
    await connection.retire(0)
    throw error
  }
}

/** Commands go over the client itself; what needs a connection of its own gets a duplicate. */
function handedIn(client: Client | Cluster, ms: number): Source {
  const connection = isCluster(client) ? toCluster(client, ms) : toOnePrimary(client, ms)
  const theirs = { ...connection, async retire() {} }
  return {
    name: 'Redis',
    async open() {
      if (isCluster(client)) return openCluster(client.duplicate() as Cluster, ms)
      return toOnePrimary(await copyOf(client, ms), ms)
    },
    given() {
      if (!client.isOpen) throw new Hopeless('the client that was handed in is not connected')
      return theirs
    },
  }
}

function isCluster(client: Client | Cluster): client is Cluster {
  return 'masters' in client
}

let blank: Client | undefined

/** A client like `createClient`'s, which builds a class of some 400 commands for each: this one lends its own. */
function clientOf(options: ClientOptions, ms: number): Client {
  blank ??= createClient() as Client
  return blank.duplicate({ ...options, ...unattended(options.socket, ms) } as object) as Client
}

/** The first of some nodes whose answer to a command is `good`. */
async function firstOf(
  nodes: readonly ClientOptions[],
  command: readonly string[],
  good: (reply: unknown) => boolean,
  ms: number,
): Promise<{ node: ClientOptions; reply: unknown }> {
  const asked = nodes.map(async node => {
    const client = await dial(clientOf(node, ms), ms)
    try {
      const reply: unknown = await within(ms, () => client.sendCommand(command))
      if (good(reply)) return { node, reply }
      throw new Error('CLUSTERDOWN it knows no primary')
    } finally {
      end(client)
    }
  })
  return Promise.any(asked).catch((error: AggregateError) => {
    throw error.errors[0]
  })
}
