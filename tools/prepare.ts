// Installs what the tests need in addition to the project's own packages: programs from Debian's packages; with `--runtimes`
// other runtimes, from npm; with `--system` all that `npm run test:system` needs. Without the permission to install, it prints
// the command.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'

const IS_SYSTEM = process.argv.includes('--system')
const WITH_RUNTIMES = IS_SYSTEM || process.argv.includes('--runtimes')

/** Debian's packages, and for each a command that shows that it is installed. */
const PROGRAMS = {
  // Together, since both must have the same version.
  'chromium chromium-headless-shell': 'chromium-headless-shell',
  'redis-server': 'redis-server',
  'redis-sentinel': 'redis-sentinel',
  // The shells that `latchkey completion` writes for.
  bash: 'bash',
  fish: 'fish',
  zsh: 'zsh',
  // Only tests that run as root fill a disk and enter a network namespace.
  ...(process.getuid?.() === 0 &&
    process.platform === 'linux' && { mount: 'mount', 'util-linux': 'unshare' }),
  // Only `npm run test:system` needs the databases, the keychain and the other browsers. Debian does not put PostgreSQL's server into the path.
  ...(IS_SYSTEM && {
    postgresql: globSync('/usr/lib/postgresql/*/bin/postgres')[0] ?? 'postgres',
    'mariadb-server': 'mariadbd',
    'firefox-esr': 'firefox-esr',
    'webkit2gtk-driver': 'WebKitWebDriver',
    // The keychain of `latchkey config keychain`.
    'gnome-keyring': 'gnome-keyring-daemon',
    dbus: 'dbus-daemon',
    // MiniBrowser always has a window.
    xvfb: 'Xvfb',
  }),
}

const RUNTIMES = new URL('runtimes/', import.meta.url)

if (
  WITH_RUNTIMES &&
  !['node-26/bin/node', 'workerd/bin/workerd'].every(path =>
    existsSync(new URL(`node_modules/${path}`, RUNTIMES)),
  )
) {
  console.log(
    'Installing the runtimes for the tests: two versions of Node, Deno, Bun, workerd (tools/runtimes)',
  )
  execFileSync('npm', ['ci'], { cwd: RUNTIMES, stdio: ['ignore', 'ignore', 'inherit'] })
}

const missing = Object.entries(PROGRAMS)
  .filter(([, command]) => spawnSync(command, ['--version']).error)
  .map(([name]) => name)

if (missing.length > 0) {
  const command = `apt-get update && apt-get install --yes --no-install-recommends ${missing.join(' ')}`
  const able = process.getuid?.() === 0 && !spawnSync('apt-get', ['--version']).error
  if (!able) {
    console.error(
      `The tests need ${missing.join(' and ')}. On Debian this installs them:\n  sudo sh -c '${command}'`,
    )
    process.exit(1)
  }
  console.log(`Installing ${missing.join(' and ')} from Debian's packages: ${command}`)
  execFileSync('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'] })
}
