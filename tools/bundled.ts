// Bundles the programs that tests run in separate processes into one file each: a process that strips the types of fifty
// files starts ten times as slowly.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from '@jest/globals'

const ESBUILD = fileURLToPath(new URL('../node_modules/esbuild/bin/esbuild', import.meta.url))
const OPTIONS = ['--bundle', '--platform=node', '--format=esm', '--conditions=@latchkey/source']
/** Defines `require`, which CommonJS packages in a bundle need. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)`

const folders = new Map<string, string>()

/** Returns the path of the bundle of the program at `url`; it is deleted after the test file. */
export function bundled(url: URL): string {
  const source = fileURLToPath(url)
  const name = basename(source).replace(/ts$/, 'mjs')
  const made = folders.get(source)
  if (made) return join(made, name)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-program-'))
  folders.set(source, folder)
  const out = join(folder, name)
  execFileSync(ESBUILD, [
    source,
    ...OPTIONS,
    `--banner:js=${REQUIRE}`,
    '--log-level=warning',
    `--outfile=${out}`,
  ])
  return out
}

afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true })
})
