// The tests of all packages in one run of Jest: no core of the machine waits for the last file of a package.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/** What Jest has for all packages together. */
const GLOBAL = ['maxWorkers', 'testTimeout', 'forceExit', 'reporters', 'testSequencer']

const manifestOf = folder => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))

/**
 * Returns the settings of Jest for all packages with this script in their manifests. A package without a file of that name uses
 * its jest.config.js.
 */
export async function poolOf(script, file) {
  const folders = globSync(
    manifestOf('.').workspaces.map(pattern => `${pattern}/package.json`),
    { cwd: ROOT },
  )
    .map(path => path.slice(0, -'/package.json'.length))
    .filter(folder => manifestOf(folder).scripts?.[script])
    .sort()
  const all = await Promise.all(
    folders.map(async folder => {
      const name = existsSync(join(ROOT, folder, file)) ? file : 'jest.config.js'
      const { default: settings } = await import(`../${folder}/${name}`)
      return { ...settings, rootDir: join(ROOT, folder), displayName: folder }
    }),
  )
  return {
    projects: all.map(settings =>
      Object.fromEntries(Object.entries(settings).filter(([name]) => !GLOBAL.includes(name))),
    ),
    reporters: [
      'default',
      ...all.flatMap(({ reporters = [] }) => reporters.filter(one => one !== 'default')),
    ],
    // One more than there are cores, because some tests wait.
    maxWorkers: availableParallelism() + 1,
    testTimeout: Math.max(...all.map(({ testTimeout }) => testTimeout)),
    // oidc-client-ts, in a benchmark, has a timer that holds the process.
    forceExit: true,
  }
}
