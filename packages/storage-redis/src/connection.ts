import type { createClient, createCluster } from '@keyv/redis'
import { PermanentError } from './faults.ts'
import { withTimeout } from './with-timeout.ts'

export type Client = ReturnType<typeof createClient>
export type Cluster = ReturnType<typeof createCluster>

/** Sends a command to one server. */
export type Send = (args: readonly string[]) => Promise<unknown>

/** A connection to the servers with the keys: one primary, or every primary of a cluster. */
export interface Connection {
  /** Sends a command to the primary of `key`, never to a replica or a cache. Aborting a queued command cancels it. */
  command(key: string, args: readonly string[], signal: AbortSignal): Promise<unknown>
  /** The command that scripts use to notify watchers, on a channel named like the key. */
  readonly publish: 'PUBLISH' | 'SPUBLISH'
  /** Opens another connection to the primary of `key`. The caller must close it. */
  openToPrimaryOf(key: string, signal: AbortSignal): Promise<Client>
  /** Resolves to a `Send` for each primary. */
  primaries(): Promise<Send[]>
  subscribe(channel: string, listener: () => void): Promise<void>
  unsubscribe(channel: string): Promise<void>
  /** Lets the process end while it is open. */
  unref(): void
  /** Calls `listener` when a part of the connection breaks, perhaps more than once. */
  onLost(listener: () => void): void
  /** Waits at most `ms` for pending commands, then closes. */
  close(ms: number): Promise<void>
}

/** Turns off a client's type mapping, so that replies are unchanged. */
const UNMAPPED = { typeMapping: {} }

/** Returns options of a client that fails at once when it breaks: a new one then replaces it. */
export function withoutReconnect<Socket extends object>(
  socket: Socket | undefined,
  connectTimeout: number,
): {
  disableOfflineQueue: true
  disableClientInfo: true
  pingInterval: 0
  socket: Socket & { connectTimeout: number; reconnectStrategy: false }
} {
  const settings = { connectTimeout, reconnectStrategy: false } as const
  // A timer of `pingInterval` would keep the process alive.
  return {
    disableOfflineQueue: true,
    disableClientInfo: true,
    pingInterval: 0,
    socket: { ...socket!, ...settings },
  }
}

function sendTo(client: Client): Send {
  return args => client.sendCommand(args, UNMAPPED)
}

/** Connects a client within `ms`; otherwise destroys it. */
export async function connectWithin(client: Client, ms: number): Promise<Client> {
  client.on('error', () => {}) // `connect` and commands reject with it
  try {
    await withTimeout(ms, () => client.connect())
    return client
  } catch (error) {
    destroyClient(client)
    throw error
  }
}

/** Destroys a client in any state. A socket that is still connecting cannot be closed, so it is unref'd. */
export function destroyClient(client: Client): void {
  client.unref()
  if (client.isOpen) client.destroy()
}

/** Connects a duplicate of a client that fails at once when it breaks. */
export function duplicateClient(client: Client, ms: number): Promise<Client> {
  return connectWithin(client.duplicate(withoutReconnect(client.options?.socket, ms)) as Client, ms)
}

/** Tracks pending commands. */
function trackPending() {
  const pending = new Set<Promise<unknown>>()
  return {
    track<T>(command: Promise<T>): Promise<T> {
      const done = (): boolean => pending.delete(command)
      pending.add(command)
      command.then(done, done)
      return command
    },
    settle: (ms: number) => withTimeout(ms, () => Promise.allSettled(pending)).catch(() => {}),
  }
}

export function wrapClient(client: Client, connectMs: number): Connection {
  const { track, settle } = trackPending()
  return {
    publish: 'PUBLISH',
    command: (_, args, abortSignal) =>
      track(client.sendCommand(args, { abortSignal, ...UNMAPPED })).catch((error: Error) => {
        if (/^(MOVED|ASK) /.test(error.message))
          throw new PermanentError('the server is a node of a cluster: pass it as cluster')
        throw error
      }),
    openToPrimaryOf: () => duplicateClient(client, connectMs),
    primaries: async () => [sendTo(client)],
    subscribe: (channel, listener) => client.subscribe(channel, listener),
    unsubscribe: channel => client.unsubscribe(channel),
    unref: () => client.unref(),
    onLost: listener => client.on('error', listener).on('end', listener),
    async close(ms) {
      await settle(ms)
      destroyClient(client)
    },
  }
}

export function wrapCluster(cluster: Cluster, connectMs: number): Connection {
  const { track, settle } = trackPending()
  const clients = (): Client[] =>
    cluster.masters.flatMap(({ client, pubSub }) => [client, pubSub?.client].filter(Boolean) as Client[])
  const command: Connection['command'] = (key, args, abortSignal) =>
    track(cluster.sendCommand(key, false, [...args], { abortSignal, ...UNMAPPED }))
  return {
    publish: 'SPUBLISH',
    command,
    async openToPrimaryOf(key, signal) {
      const slot = (await command(key, ['CLUSTER', 'KEYSLOT', key], signal)) as number
      return duplicateClient((await cluster.nodeClient(cluster.slots[slot]!.master)) as Client, connectMs)
    },
    primaries: () =>
      Promise.all(cluster.masters.map(async node => sendTo((await cluster.nodeClient(node)) as Client))),
    subscribe: (channel, listener) => cluster.sSubscribe(channel, listener),
    unsubscribe: channel => cluster.sUnsubscribe(channel),
    unref() {
      const unrefAll = (): void => clients().forEach(client => client.unref())
      unrefAll()
      cluster.on('node-ready', unrefAll) // it connects to a node when it needs it
    },
    onLost: listener =>
      cluster.on('error', listener).on('node-error', listener).on('node-disconnect', listener),
    async close(ms) {
      await settle(ms)
      // Not `cluster.destroy()`, which stops at the first node that is already closed.
      clients().forEach(destroyClient)
      if (cluster.isOpen) await cluster.close()
    },
  }
}
