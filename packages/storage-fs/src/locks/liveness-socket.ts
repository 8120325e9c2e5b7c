// A socket that a lock holder listens on while it lives. A process that can connect knows that the holder lives, even
// if it is stopped. The connection closes as soon as the holder dies or closes the socket. The holder writes an empty
// line when it has accepted a connection, and then the name of each lock that it releases.
import { connect, createServer, type Socket } from 'node:net'
import { lstat, unlink } from 'node:fs/promises'
import { attempt, codeOf, recover } from '../errors.ts'
import { socketPath } from './socket-path.ts'

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
  const path = await socketPath(folder, name)
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject) // later errors too: a client that was not accepted checks again
    // Cluster workers would otherwise share the socket.
    server.listen({ path, backlog: BACKLOG, exclusive: true }, resolve)
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
export async function socketExists(folder: string, name: string): Promise<boolean> {
  return WINDOWS || (await recover(['ENOENT'], lstat(`${folder}/${name}`), undefined)) !== undefined
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
  const socket = connect({ path: await socketPath(folder, name) })
  const ended = new Promise<void>(resolve => socket.once('close', () => resolve()))
  let rest = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop()!
    lines.forEach(onLine)
  })
  const error = await new Promise<Error | undefined>(resolve => {
    socket.once('connect', () => resolve(undefined))
    socket.on('error', resolve)
  })
  if (!error) return { type: 'alive', ended, disconnect: () => socket.destroy() }
  const code = codeOf(error)
  // Someone may have removed the link in the path, for example a cleaner of temporary files.
  if (code === 'ENOENT' && !WINDOWS && (await socketExists(folder, name))) return { type: 'crowded' }
  const type = LIVENESS_BY_CODE[code]
  if (!type) throw error
  return { type }
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
