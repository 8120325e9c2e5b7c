// PostgreSQL and MariaDB servers on free loopback ports, each with its own data directory, for tests and benchmarks.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { atEnd, children } from './at-end.ts'
import { freePorts } from './free-ports.ts'
import { until } from './until.ts'
import type { SqlSpec } from '../packages/storage-sql/test/open-sql.ts'

const isRoot = process.getuid?.() === 0
/** Both programs refuse to run as root, or do so with less safety. */
const USER = { name: 'nobody', uid: 65_534, gid: 65_534 }

/** Returns the command that runs a program without root's rights. */
const unprivileged = (command: readonly string[]): string[] =>
  isRoot
    ? ['setpriv', `--reuid=${USER.uid}`, `--regid=${USER.gid}`, '--clear-groups', ...command]
    : [...command]

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sql-'))
  if (isRoot) chownSync(folder, USER.uid, USER.gid)
  return folder
}

async function run(command: readonly string[]): Promise<void> {
  const [program, ...args] = unprivileged(command)
  await promisify(execFile)(program!, args, {
    cwd: tmpdir(),
    env: { ...process.env, LC_ALL: 'C' },
    timeout: 60_000,
  })
}

/** Returns the folder of the newest PostgreSQL's programs; Debian does not put them into the path. */
function postgresPrograms(): string {
  const root = '/usr/lib/postgresql'
  const [newest] = readdirSync(root).sort((one, other) => Number(other) - Number(one))
  return join(root, newest!, 'bin')
}

/** One database server. */
export abstract class Server {
  readonly port: number
  readonly folder: string
  #child: ChildProcess | undefined

  protected constructor(port: number, folder: string) {
    this.port = port
    this.folder = folder
    atEnd(async () => {
      await this.kill()
      rmSync(folder, { recursive: true, force: true })
    })
  }

  protected abstract readonly command: readonly string[]
  /** The connection of a store to this server. */
  abstract readonly spec: SqlSpec
  /** Runs SQL as the superuser, over a new connection; resolves to the rows. */
  abstract admin(sql: string): Promise<Record<string, unknown>[]>
  /** Another spec, through a proxy or as another user. */
  abstract specWith(other: {
    readonly port?: number
    readonly user?: string
    readonly password?: string
  }): SqlSpec

  get running(): boolean {
    return this.#child !== undefined
  }

  get pid(): number {
    return this.#child!.pid!
  }

  /** Starts the server, and waits until it responds. */
  async start(): Promise<void> {
    const [program, ...args] = unprivileged(this.command)
    const child = spawn(program!, args, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A time zone in which an hour comes twice a year. Servers of Debian have that of their host.
      env: { ...process.env, LC_ALL: 'C', TZ: 'CET-1CEST,M3.5.0,M10.5.0/3' },
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
    // A server that ended does not start by itself: `restart` must notice at once.
    await until(`${program} on ${this.port}`, async () => !this.running || this.admin('SELECT 1'))
    if (!this.running) throw new Error(`${program} did not start:\n${output}`)
  }

  /** Starts the server again after a kill: its last processes may still be ending. */
  async restart(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.start()
      } catch (error) {
        if (attempt === 20) throw error
        await sleep(100)
      }
    }
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Ends it, by default with SIGKILL, and waits until its port is free. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (!child) return
    const ended = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill(signal)
    await ended
  }
}

export class Postgres extends Server {
  protected readonly command: readonly string[]

  private constructor(port: number, folder: string, settings: Readonly<Record<string, string>>) {
    super(port, folder)
    const all = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      shared_buffers: '16MB',
      max_connections: '200',
      ...settings,
    }
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.command = [join(postgresPrograms(), 'postgres'), '-D', join(folder, 'data'), ...options]
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
    const [port] = await freePorts(1)
    const server = new Postgres(port!, newFolder(), settings)
    await run([
      join(postgresPrograms(), 'initdb'),
      ...[
        '-D',
        join(server.folder, 'data'),
        '-U',
        'admin',
        '-E',
        'UTF8',
        '--no-locale',
        '--auth=trust',
        '--no-sync',
      ],
    ])
    await server.start()
    return server
  }

  /** Starts a replica, by streaming replication, perhaps through a proxy at `from`. */
  async startReplica(settings: Readonly<Record<string, string>> = {}, from = this.port): Promise<Postgres> {
    const [port] = await freePorts(1)
    const replica = new Postgres(port!, newFolder(), settings)
    await run([
      join(postgresPrograms(), 'pg_basebackup'),
      ...['-h', '127.0.0.1', '-p', String(from), '-U', 'admin', '-D', join(replica.folder, 'data')],
      ...['--write-recovery-conf', '--checkpoint=fast', '--wal-method=stream', '--no-sync'],
    ])
    await replica.start()
    return replica
  }

  /** Makes a replica a primary. */
  async promote(): Promise<void> {
    await this.admin('SELECT pg_promote(true)')
  }

  get spec(): SqlSpec {
    return this.specWith({})
  }

  specWith({ port = this.port, user = 'admin', password = 'unused' }): SqlSpec {
    return {
      postgres: {
        host: '127.0.0.1',
        port,
        user,
        password,
        database: 'postgres',
        allowExitOnIdle: true,
        connectionTimeoutMillis: 5_000,
        max: 5,
      },
    }
  }

  async admin(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client((this.spec as { postgres: pg.ClientConfig }).postgres)
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query(sql)).rows as Record<string, unknown>[]
    } finally {
      await client.end().catch(() => {})
    }
  }
}

export class MariaDb extends Server {
  protected readonly command: readonly string[]

  private constructor(port: number, folder: string, settings: readonly string[]) {
    super(port, folder)
    this.command = [
      'mariadbd',
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      // A server that starts removes the temporary tables of all servers in a shared folder.
      `--tmpdir=${folder}`,
      '--innodb-buffer-pool-size=16M',
      '--skip-log-bin',
      ...settings,
    ]
  }

  static async start(settings: readonly string[] = []): Promise<MariaDb> {
    const [port] = await freePorts(1)
    const server = new MariaDb(port!, newFolder(), settings)
    const datadir = join(server.folder, 'data')
    await run([
      'mariadb-install-db',
      '--no-defaults',
      `--datadir=${datadir}`,
      `--tmpdir=${server.folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ])
    const init = join(server.folder, 'init.sql')
    writeFileSync(
      init,
      `CREATE DATABASE IF NOT EXISTS tokens;\nCREATE USER IF NOT EXISTS admin@'127.0.0.1' IDENTIFIED BY 'secret';\nGRANT ALL ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;\n`,
      { mode: 0o644 },
    )
    ;(server as unknown as { command: string[] }).command.push(`--init-file=${init}`)
    await server.start()
    return server
  }

  get spec(): SqlSpec {
    return this.specWith({})
  }

  specWith({ port = this.port, user = 'admin', password = 'secret' }): SqlSpec {
    return {
      mysql: {
        host: '127.0.0.1',
        port,
        user,
        password,
        database: 'tokens',
        connectionLimit: 5,
        connectTimeout: 5_000,
      },
    }
  }

  async admin(sql: string): Promise<Record<string, unknown>[]> {
    const connection = await createConnection((this.spec as { mysql: object }).mysql)
    try {
      const [rows] = await connection.query(sql)
      return rows as Record<string, unknown>[]
    } finally {
      await connection.end().catch(() => {})
    }
  }
}
