// Redis servers on free loopback ports, each in its own folder. They end with the test file.
import { afterAll } from '@jest/globals'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@keyv/redis'
import { atEnd, children, cleanUp } from '../../../tools/at-end.ts'
import { freePorts } from '../../../tools/free-ports.ts'
import { until } from '../../../tools/until.ts'

export { atEnd, freePorts, until }

type Admin = ReturnType<typeof createClient>
type Credentials = { readonly username?: string; readonly password?: string }
export type Settings = Readonly<Record<string, string | number>>

afterAll(cleanUp)

/** One redis-server or redis-sentinel. */
export class Server {
  readonly port: number
  readonly folder: string
  readonly #program: string
  #child: ChildProcess | undefined
  #admin: Admin | undefined
  readonly #credentials: Credentials

  private constructor(program: string, port: number, folder: string, credentials: Credentials) {
    this.#program = program
    this.port = port
    this.folder = folder
    this.#credentials = credentials
  }

  static async start(
    settings: Settings = {},
    {
      program = 'redis-server',
      port,
      config = [],
      credentials = {},
    }: {
      program?: string
      port?: number
      config?: readonly string[]
      credentials?: Credentials
    } = {},
  ): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-redis-'))
    const server = new Server(program, port ?? (await freePorts(1))[0]!, folder, credentials)
    atEnd(async () => {
      await server.kill()
      await rm(folder, { recursive: true, force: true })
    })
    const all: Settings = {
      port: server.port,
      bind: '127.0.0.1',
      dir: folder,
      'protected-mode': 'no',
      ...settings,
    }
    const lines = [
      ...Object.entries(all).map(([name, value]) => `${name} ${value === '' ? '""' : value}`),
      ...config,
    ]
    await writeFile(join(folder, 'redis.conf'), `${lines.join('\n')}\n`)
    await server.run()
    return server
  }

  /** `redis://127.0.0.1:port` */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  get node(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.port }
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  /** Starts the program, and waits until it responds or reports that it is loading. */
  async run(args: readonly string[] = [], { ready = true } = {}): Promise<void> {
    const child = spawn(this.#program, [join(this.folder, 'redis.conf'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', data => (output = `${output}${data}`.slice(-4_000)))
    children.add(child)
    this.#child = child
    child.once('exit', () => {
      children.delete(child)
      if (this.#child === child) this.#child = undefined
    })
    await until(`${this.#program} on ${this.port}`, async () => {
      if (!this.running) throw new Error(output)
      const answer = await this.command('PING').catch((error: Error) => error.message)
      return answer === 'PONG' || (!ready && String(answer).startsWith('LOADING'))
    }).catch(() => {
      throw new Error(`${this.#program} did not start:\n${output}`)
    })
  }

  /** Sends a command over a connection of the tests. */
  async command(...args: (string | number)[]): Promise<unknown> {
    if (!this.#admin?.isReady) {
      if (this.#admin?.isOpen) this.#admin.destroy()
      this.#admin = createClient({
        url: this.url,
        ...this.#credentials,
        disableOfflineQueue: true,
        socket: { reconnectStrategy: false },
      })
      this.#admin.on('error', () => {})
      await this.#admin.connect()
    }
    return this.#admin.sendCommand(args.map(String))
  }

  /** Returns a section of INFO as an object. */
  async info(section: string): Promise<Record<string, string>> {
    const lines = String(await this.command('INFO', section)).split('\r\n')
    return Object.fromEntries(
      lines
        .filter(line => line.includes(':'))
        .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    )
  }

  /** Fills its memory, with the policy `noeviction`. */
  async fill(): Promise<void> {
    await this.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await this.command('SET', 'filler', 'x'.repeat(2_000_000))
    await this.command('CONFIG', 'SET', 'maxmemory', '1mb')
  }

  async makeRoom(): Promise<void> {
    await this.command('CONFIG', 'SET', 'maxmemory', 0)
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Ends it, by default with SIGKILL. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#admin?.isOpen) this.#admin.destroy()
    this.#admin = undefined
    const child = this.#child
    if (!child) return
    const ended = once(child, 'exit')
    process.kill(child.pid!, 'SIGCONT') // Deno's `child.kill` works once
    child.kill(signal)
    await ended
  }
}
