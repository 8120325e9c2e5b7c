// The packages that are published together.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** A `package.json`, as far as a release reads it. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports: Readonly<
    Record<string, { readonly types: string; readonly '@latchkey/source': string } | string>
  >
}

/** Reads a `package.json` below `root`. */
export const manifestOf = (folder: string, root: string = ROOT): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest

/** The folders of the published packages. */
export const FOLDERS: readonly string[] = readdirSync(join(ROOT, 'packages')).map(name => `packages/${name}`)
