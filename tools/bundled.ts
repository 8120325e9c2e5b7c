// Bundles the programs that tests run in separate processes: a process that strips the types of fifty files starts ten times as
// slowly.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from '@jest/globals'

const ESBUILD = fileURLToPath(new URL('../node_modules/esbuild/bin/esbuild', import.meta.url))
const OPTIONS = [
  ...[
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--out-extension:.js=.mjs',
    '--conditions=@latchkey/source',
  ],
  // They read files of their own.
  ...['@napi-rs/keyring', 'open'].map(name => `--external:${name}`),
]
/** Defines `require`, which CommonJS packages in a bundle need. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)`

/** Below the root, where a program finds packages that are not in its bundle. */
const FOLDER = fileURLToPath(new URL('../.tmp', import.meta.url))

const folders = new Map<string, string>()

/** Returns the path of the bundle of the program at `url`; it is deleted after the test file. `options` are more of esbuild's. */
export function bundled(url: URL, ...options: readonly string[]): string {
  const source = fileURLToPath(url)
  const name = basename(source).replace(/ts$/, 'mjs')
  const made = folders.get(source)
  if (made) return join(made, 'dist', name)
  mkdirSync(FOLDER, { recursive: true })
  const folder = mkdtempSync(join(FOLDER, 'program-'))
  folders.set(source, folder)
  copyFileSync(manifestOf(source), join(folder, 'package.json'))
  const out = join(folder, 'dist')
  execFileSync(ESBUILD, [
    source,
    ...OPTIONS,
    ...options,
    `--banner:js=${REQUIRE}`,
    '--log-level=warning',
    `--outdir=${out}`,
  ])
  return join(out, name)
}

/** Returns the path of the `package.json` of a file, which programs read. */
function manifestOf(path: string): string {
  const manifest = join(dirname(path), 'package.json')
  return existsSync(manifest) ? manifest : manifestOf(dirname(path))
}

afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true })
})
