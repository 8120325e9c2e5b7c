// `npm test` runs the tests of all packages in one pool: no core of the machine waits for the last file of a package.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = path => JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8'))

const folders = globSync(read('package.json').workspaces, { cwd: import.meta.dirname }).filter(
  folder =>
    existsSync(join(import.meta.dirname, folder, 'package.json')) &&
    read(`${folder}/package.json`).scripts?.test,
)

/** Returns the settings of a package, without those that Jest has for all packages together. */
async function projectOf(folder) {
  const { default: settings } = await import(`./${folder}/jest.config.js`)
  const { maxWorkers, testTimeout, forceExit, ...project } = settings
  return { ...project, rootDir: join(import.meta.dirname, folder), displayName: folder }
}

export default {
  projects: await Promise.all(folders.map(projectOf)),
  maxWorkers: '100%',
  testTimeout: 60_000,
  // oidc-client-ts, in a benchmark, has a timer that holds the process.
  forceExit: true,
}
