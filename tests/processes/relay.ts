// Two network namespaces on one file system: what is sent to a port of one's loopback comes out at the other's.
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

/** Listens on the socket `path`, and leads from there to `port` of this namespace. */
export const leadFrom = (path: string, port: number): Promise<Server> =>
  relay({ path }, { host: '127.0.0.1', port })

/** Listens on `port` of this namespace, and leads from there to the socket `path`. */
export const leadTo = (path: string, port: number): Promise<Server> =>
  relay({ host: '127.0.0.1', port }, { path })
