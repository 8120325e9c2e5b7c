import type { createClient, createCluster } from '@keyv/redis'
import { Hopeless } from './faults.ts'
import { within } from './within.ts'

export type Client = ReturnType<typeof createClient>
export type Cluster = ReturnType<typeof createCluster>

/** Sends a command to one certain server. */
export type Send = (args: readonly string[]) => Promise<unknown>

/** A connection to whatever holds the keys: one primary, or every primary of a cluster. */
export interface Connection {
  /** Sends a command to the primary that has `key`, never to a replica or a cache; what is aborted in time is not sent. */
  command(key: string, args: readonly string[], signal: AbortSignal): Promise<unknown>
  /** What tells watchers, from within a script, on a channel named like the key. */
  readonly publish: 'PUBLISH' | 'SPUBLISH'
  /** Another connection to the primary that has `key`, for one purpose; whoever asks for it ends it. */
  toPrimaryOf(key: string, signal: AbortSignal): Promise<Client>
  /** Each primary once. */
  primaries(): Promise<Send[]>
  subscribe(channel: string, listener: () => void): Promise<void>
  unsubscribe(channel: string): Promise<void>
  /** Calls `listener` when some part of it broke, perhaps more than once. */
  onLost(listener: () => void): void
  /** Lets what is on its way end, for at most `ms`, and closes. */
  retire(ms: number): Promise<void>
}

/** Replies as they are, whatever type mapping a client was made with. */
const PLAIN = { typeMapping: {} }

/** Ours fail at once when they break: there is a new one then. */
export function unattended<Socket extends object>(
  socket: Socket | undefined,
  connectTimeout: number,
): {
  disableOfflineQueue: true
  disableClientInfo: true
  socket: Socket & { connectTimeout: number; reconnectStrategy: false }
} {
  const settings = { connectTimeout, reconnectStrategy: false } as const
  return { disableOfflineQueue: true, disableClientInfo: true, socket: { ...socket!, ...settings } }
}

function sendTo(client: Client): Send {
  return args => client.sendCommand(args, PLAIN)
}

/** Opens a client within `ms`, or ends it. */
export async function dial(client: Client, ms: number): Promise<Client> {
  client.on('error', () => {}) // `connect` and commands reject with it
  try {
    await within(ms, () => client.connect())
    return client
  } catch (error) {
    end(client)
    throw error
  }
}

/** Ends a client in whatever state: a socket that is still connecting cannot be closed, but lets the process end. */
export function end(client: Client): void {
  client.unref()
  if (client.isOpen) client.destroy()
}

/** A copy of a client that fails at once when it breaks. */
export function copyOf(client: Client, ms: number): Promise<Client> {
  return dial(client.duplicate(unattended(client.options?.socket, ms)) as Client, ms)
}

/** Keeps count of what is on its way. */
function traffic() {
  const onItsWay = new Set<Promise<unknown>>()
  return {
    follow<T>(command: Promise<T>): Promise<T> {
      const done = (): boolean => onItsWay.delete(command)
      onItsWay.add(command)
      command.then(done, done)
      return command
    },
    ended: (ms: number) => within(ms, () => Promise.allSettled(onItsWay)).catch(() => {}),
  }
}

export function toOnePrimary(client: Client, connectMs: number): Connection {
  const { follow, ended } = traffic()
  return {
    publish: 'PUBLISH',
    command: (_, args, abortSignal) =>
      follow(client.sendCommand(args, { abortSignal, ...PLAIN })).catch((error: Error) => {
        if (/^(MOVED|ASK) /.test(error.message))
          throw new Hopeless('it is a node of a cluster: pass it as cluster')
        throw error
      }),
    toPrimaryOf: () => copyOf(client, connectMs),
    primaries: async () => [sendTo(client)],
    subscribe: (channel, listener) => client.subscribe(channel, listener),
    unsubscribe: channel => client.unsubscribe(channel),
    onLost: listener => client.on('error', listener).on('end', listener),
    async retire(ms) {
      await ended(ms)
      end(client)
    },
  }
}

export function toCluster(cluster: Cluster, connectMs: number): Connection {
  const { follow, ended } = traffic()
  const command: Connection['command'] = (key, args, abortSignal) =>
    follow(cluster.sendCommand(key, false, [...args], { abortSignal, ...PLAIN }))
  return {
    publish: 'SPUBLISH',
    command,
    async toPrimaryOf(key, signal) {
      const slot = (await command(key, ['CLUSTER', 'KEYSLOT', key], signal)) as number
      return copyOf((await cluster.nodeClient(cluster.slots[slot]!.master)) as Client, connectMs)
    },
    primaries: () =>
      Promise.all(cluster.masters.map(async node => sendTo((await cluster.nodeClient(node)) as Client))),
    subscribe: (channel, listener) => cluster.sSubscribe(channel, listener),
    unsubscribe: channel => cluster.sUnsubscribe(channel),
    onLost: listener =>
      cluster.on('error', listener).on('node-error', listener).on('node-disconnect', listener),
    async retire(ms) {
      await ended(ms)
      // Not by the cluster's own `destroy`, which stops at the first node that is closed already.
      for (const { client, pubSub } of cluster.masters)
        for (const one of [client, pubSub?.client]) if (one) end(one as Client)
      if (cluster.isOpen) await cluster.close()
    },
  }
}
