// Programs that tests run in processes of their own, each bundled into one file: a process that strips the types of
// fifty starts ten times as slowly.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from '@jest/globals'

const ESBUILD = fileURLToPath(new URL('../node_modules/esbuild/bin/esbuild', import.meta.url))
const OPTIONS = ['--bundle', '--platform=node', '--format=esm', '--conditions=@latchkey/source']
/** What CommonJS packages within a bundle ask for. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)`

const folders = new Map<string, string>()

/** The path of the bundle of the program at `url`, which goes with the test file. */
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
