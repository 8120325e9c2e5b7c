// Installs what the tests need beside npm's packages: as root on Debian it does so and says so, elsewhere it
// prints the one command that would.
import { execFileSync, spawnSync } from 'node:child_process'

/** Debian's package, and the command that shows it is there. */
const NEEDED = { chromium: 'chromium' }

const missing = Object.entries(NEEDED)
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
  console.log(`The tests need ${missing.join(' and ')}; installing from Debian's packages: ${command}`)
  execFileSync('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'] })
}
