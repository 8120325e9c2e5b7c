// Servers that replicate: a primary, a replica and three sentinels; a cluster of six.
import { freePorts, Server, type Settings, until } from './servers.ts'

/** Servers that survive the loss of a primary. */
export interface Topology {
  /** Stops only the replication of the primary of a key. */
  cutReplication(key: string): Promise<void>
  /** Kills the primary of a key, and waits for the next one. */
  failOver(key: string): Promise<void>
  /** Restarts the killed server and its replication, and waits until all are in sync. */
  recover(): Promise<void>
}

/**
 * Cuts replication for good, as a network that swallows packets would, and lets everything else through: replicas
 * sign in as a user of their own (see `REPLICATION`), who is turned away.
 */
async function cut(primary: Server): Promise<void> {
  await primary.command('ACL', 'SETUSER', 'replica', 'off')
  await primary.command('CLIENT', 'KILL', 'TYPE', 'replica')
}

async function restore(server: Server): Promise<void> {
  await server.command('ACL', 'SETUSER', 'replica', 'on')
}

/** Options of a server that make `cut` possible. */
const REPLICATION = [
  'user replica on >replica ~* &* +@all',
  'masteruser replica',
  'masterauth replica',
  'repl-diskless-sync-delay 0',
  'repl-ping-replica-period 1',
]
const IN_MEMORY: Settings = { save: '', appendonly: 'no' }

/** Sentinel does not promote a replica that was disconnected for more than ten times as long. */
const DOWN_AFTER_MS = 500

/** A primary, a replica and three sentinels. */
export class Replicated implements Topology {
  readonly name = 'latchkey-test'
  readonly servers: readonly Server[]
  readonly sentinels: readonly Server[]

  private constructor(servers: readonly Server[], sentinels: readonly Server[]) {
    this.servers = servers
    this.sentinels = sentinels
  }

  static async start(): Promise<Replicated> {
    const primary = await Server.start(IN_MEMORY, { config: REPLICATION })
    const replica = await Server.start(IN_MEMORY, {
      config: [...REPLICATION, `replicaof 127.0.0.1 ${primary.port}`],
    })
    const watched = 'latchkey-test'
    const sentinels = await Promise.all(
      (await freePorts(3)).map(port =>
        Server.start(
          { 'sentinel resolve-hostnames': 'no' },
          {
            program: 'redis-sentinel',
            port,
            config: [
              `sentinel monitor ${watched} 127.0.0.1 ${primary.port} 2`,
              `sentinel down-after-milliseconds ${watched} ${DOWN_AFTER_MS}`,
              `sentinel failover-timeout ${watched} 1000`,
            ],
          },
        ),
      ),
    )
    const replicated = new Replicated([primary, replica], sentinels)
    await replicated.settled()
    return replicated
  }

  get options(): { name: string; sentinelRootNodes: { host: string; port: number }[] } {
    return { name: this.name, sentinelRootNodes: this.sentinels.map(({ node }) => node) }
  }

  /** Returns the server that all sentinels report as the primary. */
  async primary(): Promise<Server> {
    const ports = await Promise.all(
      this.sentinels.map(async one => {
        const [, port] = (await one.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name)) as string[]
        return Number(port)
      }),
    )
    const server = this.servers.find(one => ports.every(port => port === one.port))
    if (!server) throw new Error('the sentinels do not agree')
    return server
  }

  /** Resolves when primary and replica are in sync, and all sentinels know each other. */
  async settled(): Promise<void> {
    await until('the sentinels to agree, and replication to be in step', async () => {
      const primary = await this.primary()
      const replica = this.servers.find(one => one !== primary)!
      const { role, connected_slaves } = await primary.info('replication')
      const { master_link_status } = await replica.info('replication')
      if (role !== 'master' || connected_slaves !== '1' || master_link_status !== 'up') return false
      const views = await Promise.all(
        this.sentinels.map(async one => {
          const view = (await one.command('SENTINEL', 'MASTER', this.name)) as string[]
          return Object.fromEntries(view.flatMap((name, at) => (at % 2 ? [] : [[name, view[at + 1]]])))
        }),
      )
      return views.every(
        view =>
          view['num-other-sentinels'] === '2' && view['num-slaves'] === '1' && view['flags'] === 'master',
      )
    })
  }

  async cutReplication(): Promise<void> {
    await cut(await this.primary())
  }

  async failOver(): Promise<void> {
    const old = await this.primary()
    await old.kill()
    const failedOver = async (): Promise<boolean> => {
      const next = await this.primary()
      return next !== old && (await next.info('replication'))['role'] === 'master'
    }
    await until('the sentinels to fail over', failedOver, 15_000).catch(async () => {
      await this.#callDownAfter(10 * DOWN_AFTER_MS)
      await until('the sentinels to fail over, more slowly', failedOver, 60_000)
      await this.#callDownAfter(DOWN_AFTER_MS)
    })
  }

  async #callDownAfter(ms: number): Promise<void> {
    for (const one of this.sentinels)
      await one.command('SENTINEL', 'SET', this.name, 'down-after-milliseconds', ms)
  }

  async recover(): Promise<void> {
    const primary = await this.primary()
    for (const server of this.servers) {
      if (!server.running) {
        await server.run()
        // As the sentinels would, some 10 s later.
        await server.command('REPLICAOF', '127.0.0.1', primary.port)
      }
      await restore(server)
    }
    await this.settled()
  }
}

/** A cluster of six nodes: three primaries, each with a replica. */
export class ClusterOfSix implements Topology {
  readonly nodes: readonly Server[]

  private constructor(nodes: readonly Server[]) {
    this.nodes = nodes
  }

  static async start(): Promise<ClusterOfSix> {
    const ports = await freePorts(12)
    const nodes = await Promise.all(
      ports.slice(0, 6).map((port, at) =>
        Server.start(
          {
            ...IN_MEMORY,
            'cluster-enabled': 'yes',
            'cluster-port': ports[6 + at]!,
            'cluster-node-timeout': 500,
            'cluster-replica-validity-factor': 0,
          },
          { port, config: REPLICATION },
        ),
      ),
    )
    const cluster = new ClusterOfSix(nodes)
    for (const [at, node] of nodes.entries()) {
      await node.command('CLUSTER', 'SET-CONFIG-EPOCH', at + 1)
      if (at < 3) {
        const first = Math.floor((16_384 * at) / 3)
        await node.command('CLUSTER', 'ADDSLOTSRANGE', first, Math.floor((16_384 * (at + 1)) / 3) - 1)
      }
      if (at > 0) await node.command('CLUSTER', 'MEET', '127.0.0.1', nodes[0]!.port, ports[6]!)
    }
    for (const [at, node] of nodes.slice(3).entries()) {
      const id = String(await nodes[at]!.command('CLUSTER', 'MYID'))
      await until('a node to know its primary', async () =>
        String(await node.command('CLUSTER', 'NODES')).includes(id),
      )
      await node.command('CLUSTER', 'REPLICATE', id)
    }
    await cluster.settled()
    return cluster
  }

  get options(): { rootNodes: { socket: { host: string; port: number } }[] } {
    return { rootNodes: this.nodes.map(({ node }) => ({ socket: node })) }
  }

  /** Returns the primaries that the first running node reports. */
  async primaries(): Promise<Server[]> {
    const lines = String(await this.nodes.find(node => node.running)!.command('CLUSTER', 'NODES')).split('\n')
    return lines.flatMap(line => {
      const [, address = '', flags = '', , , , , ...slots] = line.split(' ')
      if (!/\bmaster\b/.test(flags) || /fail|handshake/.test(flags) || slots.length < 2) return []
      return this.nodes.filter(({ port }) => address.startsWith(`127.0.0.1:${port}@`))
    })
  }

  /** Returns the primary of a key. */
  async primaryOf(key: string): Promise<Server> {
    const primaries = await this.primaries()
    for (const primary of primaries) {
      const answer = await primary.command('EXISTS', key).catch((error: Error) => error)
      if (!(answer instanceof Error)) return primary
    }
    throw new Error('no primary has the key')
  }

  async settled(): Promise<void> {
    await until('the cluster to be whole', async () => {
      for (const node of this.nodes) {
        const [info, nodes] = await Promise.all([
          node.command('CLUSTER', 'INFO'),
          node.command('CLUSTER', 'NODES'),
        ])
        if (!String(info).includes('cluster_state:ok') || /fail|handshake|disconnected/.test(String(nodes)))
          return false
        const { role, connected_slaves, master_link_status } = await node.info('replication')
        if (role === 'master' ? connected_slaves !== '1' : master_link_status !== 'up') return false
      }
      return (await this.primaries()).length === 3
    })
  }

  async cutReplication(key: string): Promise<void> {
    await cut(await this.primaryOf(key))
  }

  async failOver(key: string): Promise<void> {
    const old = await this.primaryOf(key)
    await old.kill()
    await until('the cluster to fail over', async () => {
      const next = await this.primaryOf(key)
      return next !== old && String(await next.command('CLUSTER', 'INFO')).includes('cluster_state:ok')
    })
  }

  /** Moves the slot of a key to another primary, one key after the other, as redis-cli does. */
  async moveSlotOf(key: string): Promise<void> {
    const slot = Number(await this.nodes[0]!.command('CLUSTER', 'KEYSLOT', key))
    let from!: Server
    await until('somebody to have the slot', async () => (from = await this.primaryOf(key)))
    const to = (await this.primaries()).find(one => one !== from)!
    const [fromId, toId] = await Promise.all(
      [from, to].map(async one => String(await one.command('CLUSTER', 'MYID'))),
    )
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId!)
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId!)
    for (;;) {
      const [next] = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[]
      if (next === undefined) break
      await from.command('MIGRATE', '127.0.0.1', to.port, next, 0, 1_000)
    }
    for (const node of [to, from, ...(await this.primaries())])
      await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId!)
  }

  async recover(): Promise<void> {
    for (const node of this.nodes) {
      if (!node.running) await node.run()
      await restore(node)
    }
    await this.settled()
  }
}
