// A socket that a lock holder listens on while it lives. A process that can connect knows that the holder lives, even
// if it is stopped. The connection closes as soon as the holder dies or closes the socket. The holder writes an empty
// line when it has accepted a connection, and then the name of each lock that it releases.
import { connect, createServer, type Socket } from 'node:net'
import { mkdtemp, rmdir, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { attempt, codeOf, recover } from '../errors.ts'
import type { FileSystem } from '../files/file-system.ts'

/** The longest path of a socket, in bytes: macOS allows 103, Linux 107. */
const LONGEST_PATH = 103

/** How many connections may wait while a holder is stopped. The system may lower it. */
const BACKLOG = 4096

/** A client that has not read so many bytes is stopped: it is disconnected, and connects again when it continues. */
const UNREAD_BYTES = 65_536

const WINDOWS = process.platform === 'win32'

export interface LivenessSocket {
  /** Reports that a lock was released. */
  announce(lock: string): void
  /** Closes the socket and every connection to it. */
  close(): void
}

/** Listens on the socket `name` in `folder`. Does not keep the process alive. */
export async function openLivenessSocket(
  folder: string,
  name: string,
  maxConnections: number,
): Promise<LivenessSocket> {
  const clients = new Set<Socket>()
  const server = createServer(socket => {
    socket.unref()
    clients.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => clients.delete(socket))
    socket.resume() // otherwise `close` is not emitted
    socket.write('\n')
  })
  server.unref()
  server.maxConnections = maxConnections
  await withPath(folder, name, path => {
    return new Promise<void>((resolve, reject) => {
      server.on('error', reject) // later errors too: a client that was not accepted checks again
      // Cluster workers would otherwise share the socket.
      server.listen({ path, backlog: BACKLOG, exclusive: true }, resolve)
    })
  })
  return {
    announce(lock) {
      for (const socket of clients)
        if (socket.writableLength > UNREAD_BYTES) socket.destroy()
        else socket.write(`${lock}\n`)
    },
    close() {
      server.close()
      for (const socket of clients) socket.destroy()
      if (!WINDOWS) void attempt(unlink(`${folder}/${name}`))
    },
  }
}

/** Resolves to whether other processes can find the socket `name` in `folder`. */
export async function socketExists(fs: FileSystem, folder: string, name: string): Promise<boolean> {
  return WINDOWS || (await recover(['ENOENT'], fs.lstat(`${folder}/${name}`), undefined)) !== undefined
}

/** Whether a holder lives; `dead` is certain. */
export type Liveness =
  | { readonly type: 'dead' }
  /** Perhaps alive, but too many processes are connected, or this process has no free file descriptor. */
  | { readonly type: 'crowded' }
  | { readonly type: 'alive'; readonly ended: Promise<void>; disconnect(): void }

/** Connects to the socket `name` in `folder`; `onLine` is called with what the holder writes. */
export async function checkLiveness(
  folder: string,
  name: string,
  onLine: (line: string) => void = () => undefined,
): Promise<Liveness> {
  return withPath(folder, name, path => {
    return new Promise<Liveness>((resolve, reject) => {
      const socket = connect({ path })
      const ended = new Promise<void>(resolve => socket.once('close', () => resolve()))
      let rest = ''
      socket.setEncoding('latin1').on('data', (text: string) => {
        const lines = `${rest}${text}`.split('\n')
        rest = lines.pop()!
        lines.forEach(onLine)
      })
      socket.once('connect', () => resolve({ type: 'alive', ended, disconnect: () => socket.destroy() }))
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
  EMFILE: 'crowded',
  ENFILE: 'crowded',
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
