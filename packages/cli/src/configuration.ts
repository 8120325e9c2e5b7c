// The configuration file. Every call of `latchkey token` reads it, so nothing slow to load is imported here.
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { defaultDirectory } from '@latchkey/storage-fs'
import { shellWord } from './shell-word.ts'
import { UsageError } from './usage-error.ts'

/** The configuration of one provider, under its name on the command line. */
export interface ProviderEntry {
  readonly client_id?: string
  /** Empty if the client has no secret. */
  readonly client_secret?: string
  /** The registered URI; on loopback without a port it may use any port. */
  readonly redirect_uri?: string
  readonly scope?: string
  /** The name of the preset, if it differs; `options` are passed to its function. */
  readonly preset?: string
  readonly options?: Readonly<Record<string, unknown>>
  /** The description of another server for `defineProvider`; `name` is optional. */
  readonly description?: Readonly<Record<string, unknown>>
}

/** Whether the tokens in a folder are encrypted with a key in the keychain, or are being moved. */
export type KeychainState = 'turning-on' | 'on' | 'turning-off'

const KEYCHAIN_STATES: readonly unknown[] = ['turning-on', 'on', 'turning-off'] satisfies KeychainState[]

/** The contents of the file. */
export interface Configuration {
  readonly provider?: string
  readonly account?: string
  /** A folder, or the options of `RedisTokenStore`. */
  readonly store?: string | { readonly redis: Readonly<Record<string, unknown>> }
  readonly providers?: Readonly<Record<string, ProviderEntry>>
  /** By the real path of the folder. `latchkey config keychain` writes it. */
  readonly keychain?: Readonly<Record<string, KeychainState>>
}

type Environment = Readonly<Record<string, string | undefined>>

/** Returns the path of the configuration file: `LATCHKEY_CONFIG`, or in the platform's folder for settings. */
export function configurationFile(env: Environment): string {
  if (env['LATCHKEY_CONFIG']) return env['LATCHKEY_CONFIG']
  if (process.platform === 'win32' || process.platform === 'darwin')
    return join(defaultDirectory(), 'config.json')
  const { XDG_CONFIG_HOME = '' } = env
  // Relative paths are ignored (XDG Base Directory Specification).
  const folder = isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(homedir(), '.config')
  return join(folder, 'latchkey', 'config.json')
}

/**
 * Reads the configuration file; returns an empty configuration if there is none.
 *
 * @throws {UsageError} when it cannot be read, is invalid, or is not as private as its contents require.
 */
export function readConfiguration(file: string): Configuration {
  const found = readRegularFile(file)
  if (!found) return {}
  let value: unknown
  try {
    value = JSON.parse(found.text)
  } catch {
    throw new UsageError(`${file} is not JSON`)
  }
  check(value, file)
  checkPermissions(file, found.stats, value as Configuration)
  return value as Configuration
}

const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants

/** Reads a file, also through a link. Does not open a device, and does not wait for a writer of a FIFO. */
function readRegularFile(file: string): { readonly text: string; readonly stats: Stats } | undefined {
  try {
    if (!statSync(file).isFile()) throw new UsageError(`${file} is not a regular file`)
    const descriptor = openSync(file, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    try {
      const stats = fstatSync(descriptor)
      if (!stats.isFile()) throw new UsageError(`${file} is not a regular file`)
      return { text: readFileSync(descriptor, 'utf8'), stats }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new UsageError(`${file} cannot be read (${code})`)
  }
}

/** Checks who could have written the file, and who can read its secrets. Windows has no modes. */
function checkPermissions(file: string, { uid, mode }: Stats, configuration: Configuration): void {
  const user = process.geteuid?.()
  if (user === undefined) return
  if (uid !== user && uid !== 0)
    throw new UsageError(`${file} belongs to user ${uid}, but you are user ${user}`, {
      hint: 'Make a file of your own, or set LATCHKEY_CONFIG to its path.',
    })
  const [problem, fix] =
    (mode & 0o022) !== 0
      ? ['is writable by others, who could change where your secrets are sent', 'go-w']
      : (mode & 0o077) !== 0 && hasSecret(configuration)
        ? ['contains secrets and is readable by others', '600']
        : []
  if (problem) throw new UsageError(`${file} ${problem}`, { hint: `Run: chmod ${fix} ${shellWord(file)}` })
}

function hasSecret({ store, providers = {} }: Configuration): boolean {
  const isRedis = typeof store === 'object' || /^rediss?:/i.test(store ?? '')
  return isRedis || Object.values(providers).some(({ client_secret }) => client_secret)
}

/** Throws if a value is invalid; `where` names it in the error. */
type Check = (value: unknown, where: string) => void

const text: Check = (value, where) => {
  if (typeof value !== 'string') throw new UsageError(`${where} must be a string`)
}

const object: Check = (value, where) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${where} must be an object`)
}

const everyMember =
  (check: Check): Check =>
  (value, where) => {
    object(value, where)
    for (const [member, one] of Object.entries(value as object)) check(one, `${where}, ${member}`)
  }

const members =
  <T>(checks: Readonly<Record<keyof T, Check>>): Check =>
  (value, where) => {
    object(value, where)
    for (const [member, one] of Object.entries(value as object)) {
      const check = Object.hasOwn(checks, member) ? checks[member as keyof T] : undefined
      if (!check)
        throw new UsageError(
          `${where} has an unknown member '${member}': use ${Object.keys(checks).join(', ')}`,
        )
      check(one, `${where}, ${member}`)
    }
  }

const keychainState: Check = (value, where) => {
  if (!KEYCHAIN_STATES.includes(value))
    throw new UsageError(`${where} must be one of ${KEYCHAIN_STATES.join(', ')}`)
}

const redis = members<{ redis: object }>({ redis: object })

const check = members<Configuration>({
  provider: text,
  account: text,
  keychain: everyMember(keychainState),
  store: (value, where) => (typeof value === 'string' ? undefined : redis(value, where)),
  providers: everyMember(
    members<ProviderEntry>({
      client_id: text,
      client_secret: text,
      redirect_uri: text,
      scope: text,
      preset: text,
      options: object,
      description: object,
    }),
  ),
})
