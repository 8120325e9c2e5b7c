// The documents that are pages, and the address of each on the site.
import { globSync } from 'node:fs'
import { ROOT } from './places.ts'

/** Documents as a glob in the repository, and the page of each. A new document needs no entry. */
const KINDS: readonly (readonly [documents: string, page: (path: string) => string])[] = [
  ['docs/**/*.md', path => path.slice('docs/'.length)],
  ['packages/*/README.md', path => path.replace('/README.md', '.md')],
  ['examples/*/README.md', path => path.replace('/README.md', '.md')],
  ['README.md', () => 'overview.md'],
  ['CHANGELOG.md', () => 'changelog.md'],
  ['CONTRIBUTING.md', () => 'contributing.md'],
  ['SECURITY.md', () => 'security.md'],
]

/** Returns the page of each document, both as paths: `docs/guides/sign-in.md` becomes `guides/sign-in.md`. */
export function findDocuments(): Map<string, string> {
  return new Map(
    KINDS.flatMap(([documents, page]) =>
      globSync(documents, { cwd: ROOT })
        .sort()
        .map(path => [path, page(path)] as const),
    ),
  )
}
