// A D-Bus session with gnome-keyring: the Secret Service of a user who is signed in to a desktop.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { children } from '../../../tools/at-end.ts'
import { until } from '../../../tools/until.ts'

export interface SecretService {
  /** The environment of programs in the session. */
  readonly env: Readonly<Record<string, string>>
  /** Locks the keychain. Nobody can unlock it again: there is no display for the prompt. */
  lock(): void
  /** Ends the session. The keychain stays in the home folder. */
  stop(): Promise<void>
}

const SERVICE = 'org.freedesktop.secrets'
const PASSWORD = 'correct horse battery staple'
const COLLECTION = '/org/freedesktop/secrets/collection/login'

/** Starts a session with an unlocked keychain in the home folder `home`. */
export async function startSecretService(home: string): Promise<SecretService> {
  const runtime = join(home, 'run')
  mkdirSync(runtime, { recursive: true, mode: 0o700 })
  const base = { PATH: process.env['PATH']!, HOME: home, XDG_RUNTIME_DIR: runtime }
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    env: base,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.add(bus)
  const ended = once(bus, 'exit').then(() => children.delete(bus))
  const [address] = (await once(bus.stdout, 'data')) as [Buffer]
  const env = { ...base, DBUS_SESSION_BUS_ADDRESS: address.toString().trim() }
  // Its daemon ends with the bus.
  execFileSync('gnome-keyring-daemon', ['--unlock', '--components=secrets'], {
    env,
    input: PASSWORD,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const call = (destination: string, ...args: readonly string[]) =>
    spawnSync('dbus-send', ['--session', '--print-reply', `--dest=${destination}`, ...args], {
      env,
      encoding: 'utf8',
    })
  // A call before that would start another daemon, which leaves the bus without a reply.
  const isOwned = ['/', 'org.freedesktop.DBus.NameHasOwner', `string:${SERVICE}`]
  await until('the Secret Service', async () =>
    call('org.freedesktop.DBus', ...isOwned).stdout.includes('boolean true'),
  )
  return {
    env,
    lock() {
      const lock = ['/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock']
      const { status, stderr } = call(SERVICE, ...lock, `array:objpath:${COLLECTION}`)
      if (status !== 0) throw new Error(stderr)
    },
    async stop() {
      bus.kill()
      await ended
    },
  }
}
