// A socket that a lock holder listens on while it lives. A process that can connect knows that the holder lives, even
// if it is stopped. The connection closes as soon as the holder dies or closes the socket.
import { mkdtemp, rmdir, symlink, unlink } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { codeOf, attempt } from '../errors.ts'

/** The longest path of a socket, in bytes: macOS allows 103, Linux 107. */
const LONGEST_PATH = 103

/** How many connections may wait while a holder is stopped. The system may lower it. */
const BACKLOG = 4096

const WINDOWS = process.platform === 'win32'

export interface LivenessSocket {
  /** Closes the socket and every connection to it. */
  close(): void
}

/** Listens on the socket `name` in `folder`. Does not keep the process alive. */
export async function openLivenessSocket(folder: string, name: string): Promise<LivenessSocket> {
  const clients = new Set<Socket>()
  const server = createServer(socket => {
    socket.unref()
    clients.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => clients.delete(socket))
    socket.resume() // otherwise `close` is not emitted
  })
  server.unref()
  await withPath(folder, name, path => {
    return new Promise<void>((resolve, reject) => {
      server.on('error', reject) // later errors too: a client that was not accepted checks again
      // Cluster workers would otherwise share the socket.
      server.listen({ path, backlog: BACKLOG, exclusive: true }, resolve)
    })
  })
  return {
    close() {
      server.close()
      for (const socket of clients) socket.destroy()
      if (!WINDOWS) void attempt(unlink(`${folder}/${name}`))
    },
  }
}

/** Whether a holder lives; `dead` is certain. */
export type Liveness =
  | { readonly type: 'dead' }
  /** Alive, but too many processes are connected for another connection. */
  | { readonly type: 'crowded' }
  | { readonly type: 'alive'; readonly ended: Promise<void>; disconnect(): void }

/** Connects to the socket `name` in `folder`. */
export async function checkLiveness(folder: string, name: string): Promise<Liveness> {
  return withPath(folder, name, path => {
    return new Promise<Liveness>((resolve, reject) => {
      const socket = connect({ path })
      const ended = new Promise<void>(resolve => socket.once('close', () => resolve()))
      socket.once('connect', () => {
        socket.resume()
        resolve({ type: 'alive', ended, disconnect: () => socket.destroy() })
      })
      socket.on('error', error => {
        const type = LIVENESS_BY_CODE[codeOf(error)]
        if (type) resolve({ type })
        else reject(error)
      })
    })
  })
}

/** The meaning of a failed connection. A reset occurs if the socket closes while we connect. */
const LIVENESS_BY_CODE: Readonly<Record<string, 'dead' | 'crowded'>> = {
  ECONNREFUSED: 'dead',
  ENOENT: 'dead',
  ECONNRESET: 'dead',
  EPIPE: 'dead',
  EAGAIN: 'crowded',
}

/** Calls `work` with a socket path that is short enough: its own, or one through a temporary link. */
async function withPath<T>(folder: string, name: string, work: (path: string) => Promise<T>): Promise<T> {
  if (WINDOWS) return work(`\\\\.\\pipe\\latchkey-${name}`)
  const path = `${folder}/${name}`
  if (Buffer.byteLength(path) <= LONGEST_PATH) return work(path)
  const temporary = await mkdtemp(`${tmpdir()}/lk-`)
  const link = `${temporary}/l`
  try {
    await symlink(folder, link)
    return await work(`${link}/${name}`)
  } finally {
    await attempt(unlink(link))
    await attempt(rmdir(temporary))
  }
}
