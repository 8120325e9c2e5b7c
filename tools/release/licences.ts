// Writes docs/reference/licences.md: the packages that an installation of ours brings along, with their licences, from
// package-lock.json: `npm run licences`.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { FOLDERS, ROOT } from './packages.ts'

export const PAGE: string = join(ROOT, 'docs/reference/licences.md')

/** Licences that ask for no more than their text and a notice of changes. */
export const PERMISSIVE: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
]

interface Locked {
  readonly version: string
  readonly license?: string
  readonly link?: boolean
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Shipped {
  readonly name: string
  readonly version: string
  readonly licence: string
  /** Our packages that bring it along, without their scope. */
  readonly with: readonly string[]
}

/** Returns the place of `name` for the package at `path`, as Node resolves it. @throws {Error} when it is not locked. */
function resolve(locked: Readonly<Record<string, Locked>>, path: string, name: string): string {
  for (let at = path; ; at = posix.dirname(at)) {
    const place = posix.join(at, 'node_modules', name)
    if (locked[place]) return locked[place].link ? locked[place].resolved! : place
    if (at === '.') throw new Error(`package-lock.json has no ${name} for ${path}: run \`npm install\``)
  }
}

/** Returns the places of everything that the package at `path` needs at run time, without peers, which the user installs. */
function reached(
  locked: Readonly<Record<string, Locked>>,
  path: string,
  seen: Set<string> = new Set(),
): Set<string> {
  const { dependencies, optionalDependencies } = locked[path]!
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const place = resolve(locked, path, name)
    if (!seen.has(place)) reached(locked, place, seen.add(place))
  }
  return seen
}

/** Returns what our packages bring along, by name. */
export function readShipped(): readonly Shipped[] {
  const { packages: locked } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  const users = new Map<string, string[]>()
  for (const folder of FOLDERS)
    for (const place of reached(locked, folder))
      if (!FOLDERS.includes(place)) users.set(place, [...(users.get(place) ?? []), basename(folder)])
  return [...users]
    .map(([place, names]) => ({
      name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: locked[place]!.version,
      licence: locked[place]!.license ?? 'none',
      with: names,
    }))
    .sort(
      (one, other) =>
        one.name.localeCompare(other.name, 'en') || one.version.localeCompare(other.version, 'en'),
    )
}

/** Returns the page. */
export async function pageOf(shipped: readonly Shipped[]): Promise<string> {
  const rows = shipped.map(
    one =>
      `| \`${one.name}\` | ${one.version} | ${one.licence} | ${one.with.map(name => `\`${name}\``).join(', ')} |`,
  )
  const text = `<!-- made by npm run licences; do not edit -->

# Licences

This page is for people who must know which software an installation of Latchkey brings along. Latchkey itself has the
[MIT licence](../../LICENSE).

The packages below are the runtime dependencies of \`@latchkey/...\`, and theirs. Peer dependencies are not listed, because your
program installs them. A package for one system (\`@napi-rs/keyring-...\`) is installed only there.

| package | version | licence | comes with |
| --- | --- | --- | --- |
${rows.join('\n')}
`
  return format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE })
}

if (import.meta.main) writeFileSync(PAGE, await pageOf(readShipped()))
