import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePorts } from '../../tools/free-ports.ts'

/** Starts a server in memory on a free port of loopback; it runs until `cleanup` is disposed. */
export async function startRedis(cleanup: AsyncDisposableStack): Promise<string> {
  const [port] = await freePorts(1)
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(server, 'spawn') // rejects if the program is missing
  cleanup.defer(async () => {
    const ended = server.exitCode === null && once(server, 'exit')
    server.kill()
    await ended
  })
  for await (const line of createInterface(server.stdout))
    if (line.includes('Ready to accept connections')) return `redis://127.0.0.1:${port}`
  throw new Error('redis-server ended before it was ready')
}
