// The configuration file. It is read on every call of `latchkey token`, so that nothing is imported here that takes
// long to load.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { defaultDirectory } from '@latchkey/storage-fs'
import { UsageError } from './usage-error.ts'

/** What the file says of one provider, under the name that the command line calls it. */
export interface ProviderEntry {
  readonly client_id?: string
  /** Empty: the client has none. */
  readonly client_secret?: string
  /** As it is registered; on loopback its port may be left out. */
  readonly redirect_uri?: string
  readonly scope?: string
  /** The described server that it is, where its name is not that; what its function takes is in `options`. */
  readonly preset?: string
  readonly options?: Readonly<Record<string, unknown>>
  /** Another server, as `defineProvider` takes it; its `name` may be left out. */
  readonly description?: Readonly<Record<string, unknown>>
}

/** What the file says. */
export interface Configuration {
  readonly provider?: string
  readonly account?: string
  /** A folder, or what `RedisTokenStore` takes. */
  readonly store?: string | { readonly redis: Readonly<Record<string, unknown>> }
  readonly providers?: Readonly<Record<string, ProviderEntry>>
}

type Environment = Readonly<Record<string, string | undefined>>

/** Where the configuration file is: `LATCHKEY_CONFIG`, or where the platform keeps a user's settings. */
export function configurationFile(env: Environment): string {
  if (env['LATCHKEY_CONFIG']) return env['LATCHKEY_CONFIG']
  if (process.platform === 'win32' || process.platform === 'darwin')
    return join(defaultDirectory(), 'config.json')
  const { XDG_CONFIG_HOME = '' } = env
  // A relative path there is to be ignored (XDG Base Directory Specification).
  const folder = isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(homedir(), '.config')
  return join(folder, 'latchkey', 'config.json')
}

/**
 * The configuration in a file; an empty one where there is no file.
 *
 * @throws {UsageError} when it cannot be read or says what it cannot, and when others can read a secret in it.
 */
export function readConfiguration(file: string): Configuration {
  const found = textOf(file)
  if (!found) return {}
  let value: unknown
  try {
    value = JSON.parse(found.text)
  } catch {
    throw new UsageError(`${file} is no JSON`)
  }
  check(value, file)
  const isOpen = process.platform !== 'win32' && (found.mode & 0o077) !== 0
  if (isOpen && /"(client_secret|redis|rediss?:[^"]*)"/i.test(found.text))
    throw new UsageError(`${file} holds secrets and can be read by others: chmod 600 ${file}`)
  return value as Configuration
}

function textOf(file: string): { readonly text: string; readonly mode: number } | undefined {
  try {
    const descriptor = openSync(file, 'r')
    try {
      return { text: readFileSync(descriptor, 'utf8'), mode: fstatSync(descriptor).mode }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new UsageError(`${file} cannot be read (${code})`)
  }
}

/** Throws unless a value is what it must be; `where` is what the error calls it. */
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
          `${where} must not have '${member}': there are ${Object.keys(checks).join(', ')}`,
        )
      check(one, `${where}, ${member}`)
    }
  }

const redis = members<{ redis: object }>({ redis: object })

const check = members<Configuration>({
  provider: text,
  account: text,
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
