import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'

/** Returns `count` free ports, outside the range that the system assigns automatically. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = randomInt(10_000, 30_000)
    if (!ports.includes(port) && (await isFree(port))) ports.push(port)
  }
  return ports
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer().listen(port, '127.0.0.1')
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (free) await new Promise(closed => server.close(closed))
  return free
}
