// Connects two network namespaces through the file system: a port on one's loopback leads to the other's.
import { once } from 'node:events'
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const)
    from.pipe(to).on('error', () => from.destroy())
}

async function relay(address: object, target: NetConnectOpts): Promise<Server> {
  const server = createServer(socket => join(socket, connect(target))).listen(address)
  await once(server, 'listening')
  return server
}

/** Listens on the socket `path`, and forwards to `port` of this namespace. */
export const leadFrom = (path: string, port: number): Promise<Server> =>
  relay({ path }, { host: '127.0.0.1', port })

/** Listens on `port` of this namespace, and forwards to the socket `path`. */
export const leadTo = (path: string, port: number): Promise<Server> =>
  relay({ host: '127.0.0.1', port }, { path })
