// The sections of the site: the folders, in the order of the sidebar. What is in them is found.
import type { Page } from './page.ts'

interface Folder {
  readonly folder: string
  readonly title: string
  /** The section that has a link to it in the sidebar; its own pages are in the sidebar only there. */
  readonly under?: string
}

export interface Section extends Folder {
  readonly pages: readonly Page[]
}

export const FOLDERS: readonly Folder[] = [
  { folder: 'tutorials', title: 'Tutorials' },
  { folder: 'guides', title: 'Guides' },
  { folder: 'guides/frameworks', title: 'Frameworks', under: 'guides' },
  { folder: 'guides/stores', title: 'Stores', under: 'guides' },
  { folder: 'guides/hosts', title: 'Hosts', under: 'guides' },
  { folder: 'reference', title: 'Reference' },
  { folder: 'reference/providers', title: 'Providers', under: 'reference' },
  { folder: 'packages', title: 'Packages', under: 'reference' },
  { folder: 'api', title: 'API', under: 'reference' },
  { folder: 'explanation', title: 'Explanation' },
  { folder: 'examples', title: 'Examples', under: '' },
  { folder: 'decisions', title: 'Decisions', under: '' },
]

/** Returns the sections with their pages by title; pages that are in no folder come last. */
export function sectionsOf(pages: readonly Page[]): Section[] {
  const within = (folder: string): Page[] =>
    pages.filter(({ path }) => longest(path) === folder && path !== `${folder}/index.md`)
  const byTitle = (some: Page[]): Page[] => some.sort((a, b) => a.title.localeCompare(b.title))
  const byPath = (some: Page[]): Page[] => some.sort((a, b) => a.path.localeCompare(b.path))
  return [
    ...FOLDERS.map(section => {
      const found = within(section.folder)
      return { ...section, pages: section.under === undefined ? byTitle(found) : byPath(found) }
    }),
    { folder: '', title: 'More', pages: byTitle(within('')) },
  ]
}

/** Returns the innermost folder of {@link FOLDERS} that a page is in. */
function longest(path: string): string {
  const all = FOLDERS.map(({ folder }) => folder).filter(folder => path.startsWith(`${folder}/`))
  return all.sort((a, b) => b.length - a.length)[0] ?? ''
}
