// A proxy in front of a server that simulates a broken network.
import { once } from 'node:events'
import net from 'node:net'
import { atEnd } from './at-end.ts'

/** What it forwards: everything, nothing, or requests only. */
type Mode = 'passes' | 'swallows' | 'loses answers'

export class Proxy {
  mode: Mode = 'passes'
  /** How much later each response arrives, in ms. */
  delayMs = 0
  /** The number of connections so far. */
  connections = 0
  readonly #sockets = new Set<net.Socket>()
  readonly #server: net.Server
  #generation = 0
  #onLoss = (): void => {}

  private constructor(server: net.Server, target: number) {
    this.#server = server
    this.target = target
  }

  /** The port that new connections lead to. */
  target: number

  static async before({ port }: { readonly port: number }): Promise<Proxy> {
    const server = net.createServer()
    const proxy = new Proxy(server, port)
    server.on('connection', inner => {
      proxy.connections += 1
      const outer = net.connect(proxy.target, '127.0.0.1')
      const generation = proxy.#generation
      const hangs = (): boolean => proxy.mode === 'swallows' || generation < proxy.#generation
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        proxy.#sockets.add(from)
        from.on('error', () => {})
        from.on('close', () => {
          proxy.#sockets.delete(from)
          to.destroy()
        })
      }
      inner.on('data', data => hangs() || outer.write(data))
      outer.on('data', data => {
        if (hangs()) return
        if (proxy.mode === 'passes' && proxy.delayMs === 0) inner.write(data)
        else if (proxy.mode === 'passes') setTimeout(() => inner.write(data), proxy.delayMs)
        else if (proxy.mode === 'loses answers') proxy.#onLoss()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    atEnd(() => proxy.close())
    return proxy
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** Drops the next response, and resolves when it has. */
  loseAnswer(): Promise<void> {
    this.mode = 'loses answers'
    return new Promise(resolve => (this.#onLoss = resolve))
  }

  /** Drops all data of existing connections; later ones work. */
  hangCurrent(): void {
    this.#generation += 1
  }

  /** Breaks every connection; new ones work. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Breaks every connection and refuses new ones. */
  async close(): Promise<void> {
    this.#server.close()
    this.cut()
  }
}
