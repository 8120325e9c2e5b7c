// `npm test` runs the tests of all packages in one pool: no core of the machine waits for the last file of a package.
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import preset from './jest.preset.js'

const ROOT = import.meta.dirname

const manifestOf = folder => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))

/** What Jest has for all packages together. */
const GLOBAL = ['maxWorkers', 'testTimeout', 'forceExit']

async function projectOf(folder) {
  const { default: settings } = await import(`./${folder}/jest.config.js`)
  const own = Object.entries(settings).filter(([name]) => !GLOBAL.includes(name))
  return { ...Object.fromEntries(own), rootDir: join(ROOT, folder), displayName: folder }
}

const folders = globSync(
  manifestOf('.').workspaces.map(pattern => `${pattern}/package.json`),
  { cwd: ROOT },
)
  .map(path => path.slice(0, -'/package.json'.length))
  .filter(folder => manifestOf(folder).scripts?.test)

export default {
  projects: await Promise.all(folders.map(projectOf)),
  // One more than there are cores, because some tests wait.
  maxWorkers: availableParallelism() + 1,
  testTimeout: preset.testTimeout,
  // oidc-client-ts, in a benchmark, has a timer that holds the process.
  forceExit: true,
}
