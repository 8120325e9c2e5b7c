// Packages as they are published: built, and packed into files.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The version of all packages. */
export const { version: VERSION } = JSON.parse(
  readFileSync(join(ROOT, 'packages/core/package.json'), 'utf8'),
) as { version: string }

/** Returns the path of a packed package in a folder. */
export const packedFile = (folder: string, name: string): string =>
  join(folder, `latchkey-${name}-${VERSION}.tgz`)

/** Builds packages, and packs them into a folder. */
export function packInto(folder: string, names: readonly string[]): void {
  const workspaces = names.flatMap(name => ['--workspace', `@latchkey/${name}`])
  for (const command of [
    ['run', 'build'],
    ['pack', '--pack-destination', folder],
  ])
    execFileSync('npm', [...command, ...workspaces], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: 'pipe',
    })
}
