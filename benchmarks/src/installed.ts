// Measures what an install of a package adds, by this repository's lock file and installed files.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

interface Locked {
  readonly version: string
  readonly resolved?: string
  readonly link?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, Locked>>
}

export interface Installed {
  readonly packages: number
  readonly bytes: number
}

export function versionOf(name: string): string {
  return packages[placeOf(name, 'benchmarks')]!.version
}

export async function installedSize(names: readonly string[]): Promise<Installed> {
  const places = new Set<string>()
  for (const name of names) collect(placeOf(name, 'benchmarks'), places)
  const bytes = await Promise.all([...places].map(place => bytesIn(join(ROOT, place), isOurs(place))))
  return { packages: places.size, bytes: bytes.reduce((sum, one) => sum + one, 0) }
}

function collect(place: string, places: Set<string>): void {
  if (places.has(place)) return
  places.add(place)
  const { dependencies, peerDependencies } = packages[place]!
  for (const name of Object.keys({ ...dependencies, ...(isOurs(place) && peerDependencies) }))
    collect(placeOf(name, place), places)
}

/** Returns where Node finds `name` from the package at `from`. */
function placeOf(name: string, from: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules') - 1))) {
    const place = join(folder, 'node_modules', name)
    const locked = packages[place]
    if (locked) return locked.link ? locked.resolved! : place
    if (folder === '') throw new Error(`${name} is not installed`)
    if (!folder.includes('node_modules')) folder = ''
  }
}

function isOurs(place: string): boolean {
  return place.startsWith('packages/')
}

/** Counts only the published files of our own packages. */
async function bytesIn(folder: string, isOurs: boolean): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue
    if (isOurs && !/^(dist|src|package\.json|README\.md)$/.test(entry.name)) continue
    const path = join(folder, entry.name)
    sum += entry.isDirectory() ? await bytesIn(path, false) : (await stat(path)).size
  }
  return sum
}
