import { createClient, createCluster } from '@keyv/redis'
import {
  type Client,
  type Cluster,
  type Connection,
  duplicateClient,
  connectWithin,
  destroyClient,
  wrapCluster,
  wrapClient,
  withoutReconnect,
} from './connection.ts'
import { PermanentError, replyCodeOf } from './faults.ts'
import type { ClusterOptions, SentinelOptions, Target } from './options.ts'
import { withTimeout } from './with-timeout.ts'

/** Opens connections. */
export interface ConnectionSource {
  /** The name in error messages; contains no password. */
  readonly name: string
  /** Opens a new connection. */
  open(): Promise<Connection>
  /** Returns the connection of the client that the caller passed; absent for the other targets. */
  readonly shared?: () => Connection
}

type Node = { readonly host: string; readonly port: number }
type ClientOptions = NonNullable<Parameters<typeof createClient>[0]>

/** Returns the source of connections to `target`, each opened within `ms`. */
export function createSource(target: Target, ms: number): ConnectionSource {
  if ('url' in target) return sourceFromUrl(target.url, ms)
  if ('sentinel' in target) return sourceFromSentinel(target.sentinel, ms)
  if ('cluster' in target) return sourceFromCluster(target.cluster, ms)
  return sourceFromClient(target.client as Client | Cluster, ms)
}

function sourceFromUrl(url: string, ms: number): ConnectionSource {
  return {
    name: `Redis at ${new URL(url).host || 'localhost'}`,
    open: async () => wrapClient(await connectWithin(newClient({ url }, ms), ms), ms),
  }
}

/**
 * Gets the address of the primary from the sentinels, and checks its role, as Sentinel's guidelines for clients require
 * (https://redis.io/docs/latest/develop/reference/sentinel-clients/).
 */
function sourceFromSentinel(options: SentinelOptions, ms: number): ConnectionSource {
  const { name, sentinelRootNodes, sentinelClientOptions, nodeClientOptions, nodeAddressMap, RESP } = options
  const mapAddress = (host: string, port: string): Node => {
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
      const { reply } = await query(nodes, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name], Array.isArray, ms)
      const [host, port] = reply as [string, string]
      const node = {
        ...nodeClientOptions,
        ...(RESP && { RESP }),
        socket: { ...nodeClientOptions?.socket, ...mapAddress(host, port) },
      }
      const client = await connectWithin(newClient(node as ClientOptions, ms), ms)
      const role = await withTimeout(ms, () => client.sendCommand(['ROLE'])).catch((error: unknown) => error)
      if (Array.isArray(role) && role[0] === 'master') return wrapClient(client, ms)
      destroyClient(client)
      throw role instanceof Error ? role : new Error('READONLY the sentinels returned a replica')
    },
  }
}

/** Opens a cluster through a node that responds: node-redis would wait for one that does not. */
function sourceFromCluster(options: ClusterOptions, ms: number): ConnectionSource {
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
      const { node } = await query(nodes as ClientOptions[], ['CLUSTER', 'INFO'], isWhole, ms)
      const cluster = createCluster({
        ...options,
        rootNodes: [node],
        defaults: { ...defaults, ...withoutReconnect(defaults?.socket, ms) },
        useReplicas: false,
        minimizeConnections: true,
      })
      return openCluster(cluster as unknown as Cluster, ms)
    },
  }
}

async function openCluster(cluster: Cluster, ms: number): Promise<Connection> {
  for (const event of ['error', 'node-error']) cluster.on(event, () => {}) // commands reject with it
  const connection = wrapCluster(cluster, ms)
  try {
    await withTimeout(ms, () => cluster.connect())
    return connection
  } catch (error) {
    await connection.close(0)
    throw error
  }
}

/** Sends commands over the caller's client; uses a duplicate for everything that needs its own connection. */
function sourceFromClient(client: Client | Cluster, ms: number): ConnectionSource {
  const connection = isCluster(client) ? wrapCluster(client, ms) : wrapClient(client, ms)
  const unowned = { ...connection, async close() {} }
  return {
    name: 'Redis',
    async open() {
      if (isCluster(client)) return openCluster(client.duplicate() as Cluster, ms)
      return wrapClient(await duplicateClient(client, ms), ms)
    },
    shared() {
      if (!client.isOpen)
        throw new PermanentError('the client option is not connected: call its connect() first')
      return unowned
    },
  }
}

function isCluster(client: Client | Cluster): client is Cluster {
  return 'masters' in client
}

let template: Client | undefined

/** Creates a client by duplicating a blank one: `createClient` builds a class of about 400 commands on every call. */
function newClient(options: ClientOptions, ms: number): Client {
  template ??= createClient() as Client
  return template.duplicate({ ...options, ...withoutReconnect(options.socket, ms) } as object) as Client
}

/** Sends a command to all nodes; resolves to the first node whose reply is accepted. */
async function query(
  nodes: readonly ClientOptions[],
  command: readonly string[],
  accepts: (reply: unknown) => boolean,
  ms: number,
): Promise<{ node: ClientOptions; reply: unknown }> {
  const attempts = nodes.map(async node => {
    const client = await connectWithin(newClient(node, ms), ms)
    try {
      const reply: unknown = await withTimeout(ms, () => client.sendCommand(command))
      if (accepts(reply)) return { node, reply }
      throw new Error('CLUSTERDOWN the node knows no primary')
    } finally {
      destroyClient(client)
    }
  })
  return Promise.any(attempts).catch(({ errors }: AggregateError) => {
    throw errors.find(replyCodeOf) ?? errors[0] // a reply tells more than a node that is down
  })
}
