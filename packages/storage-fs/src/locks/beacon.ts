// A socket that its process listens on as long as it lives: whoever can connect knows that it does, also when it
// is stopped, and sees the connection close the moment it dies or puts the beacon out.
import { mkdtemp, rmdir, symlink, unlink } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { codeOf, quietly } from '../errors.ts'

/** The longest path of a socket, in bytes: macOS allows 103, Linux 107. */
const LONGEST_PATH = 103

/** How many may wait unnoticed while a holder is stopped; the system lowers it to what it allows. */
const BACKLOG = 4096

const WINDOWS = process.platform === 'win32'

export interface Beacon {
  /** Ends it, and every wait for it. */
  extinguish(): void
}

/** Listens under `name` in `folder`; it keeps no process alive. */
export async function light(folder: string, name: string): Promise<Beacon> {
  const waiting = new Set<Socket>()
  const server = createServer(socket => {
    socket.unref()
    waiting.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => waiting.delete(socket))
    socket.resume() // or its end is not noticed
  })
  server.unref()
  await withAddress(folder, name, path => {
    return new Promise<void>((resolve, reject) => {
      server.on('error', reject) // also later, when one cannot be accepted: he will look again
      // Cluster workers would share one that is not exclusive.
      server.listen({ path, backlog: BACKLOG, exclusive: true }, resolve)
    })
  })
  return {
    extinguish() {
      server.close()
      for (const socket of waiting) socket.destroy()
      if (!WINDOWS) void quietly(unlink(`${folder}/${name}`))
    },
  }
}

/** What a look at somebody's beacon tells; `out` is certain. */
export type Sight =
  | { readonly type: 'out' }
  /** It is lit, and so many wait for it that there is no place to be told of its end. */
  | { readonly type: 'crowded' }
  | { readonly type: 'lit'; readonly ended: Promise<void>; leave(): void }

/** Looks at the beacon `name` in `folder`. */
export async function sight(folder: string, name: string): Promise<Sight> {
  return withAddress(folder, name, path => {
    return new Promise<Sight>((resolve, reject) => {
      const socket = connect({ path })
      const ended = new Promise<void>(resolve => socket.once('close', () => resolve()))
      socket.once('connect', () => {
        socket.resume()
        resolve({ type: 'lit', ended, leave: () => socket.destroy() })
      })
      socket.on('error', error => {
        const type = SIGHTS[codeOf(error)]
        if (type) resolve({ type })
        else reject(error)
      })
    })
  })
}

/** What it means that one cannot connect. A reset is met by who connects in the moment it goes out. */
const SIGHTS: Readonly<Record<string, 'out' | 'crowded'>> = {
  ECONNREFUSED: 'out',
  ENOENT: 'out',
  ECONNRESET: 'out',
  EPIPE: 'out',
  EAGAIN: 'crowded',
}

/** Does `work` with an address of the socket that is short enough: its path, or one by a link from elsewhere. */
async function withAddress<T>(folder: string, name: string, work: (path: string) => Promise<T>): Promise<T> {
  if (WINDOWS) return work(`\\\\.\\pipe\\latchkey-${name}`)
  const path = `${folder}/${name}`
  if (Buffer.byteLength(path) <= LONGEST_PATH) return work(path)
  const aside = await mkdtemp(`${tmpdir()}/lk-`)
  const link = `${aside}/l`
  try {
    await symlink(folder, link)
    return await work(`${link}/${name}`)
  } finally {
    await quietly(unlink(link))
    await quietly(rmdir(aside))
  }
}
