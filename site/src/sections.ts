// The sections of the site: the folders, in the order of the sidebar. What is in them is found.
import type { Page } from './page.ts'

export interface Section {
  readonly folder: string
  readonly title: string
  readonly pages: readonly Page[]
  /** The sidebar shows only the title at first. */
  readonly collapsed: boolean
  /** It has a page that lists its pages. */
  readonly index: boolean
}

interface Folder {
  readonly folder: string
  readonly title: string
  readonly collapsed?: true
  /** TypeDoc makes the index. */
  readonly ownIndex?: true
}

export const FOLDERS: readonly Folder[] = [
  { folder: 'tutorials', title: 'Tutorials' },
  { folder: 'guides', title: 'Guides' },
  { folder: 'reference', title: 'Reference' },
  { folder: 'reference/providers', title: 'Providers', collapsed: true },
  { folder: 'packages', title: 'Packages', collapsed: true },
  { folder: 'api', title: 'API', collapsed: true, ownIndex: true },
  { folder: 'explanation', title: 'Explanation' },
  { folder: 'examples', title: 'Examples', collapsed: true },
  { folder: 'decisions', title: 'Decisions', collapsed: true },
]

/** Returns the sections with their pages by title; pages that are in no folder come first. */
export function sectionsOf(pages: readonly Page[]): Section[] {
  const within = (folder: string): Page[] =>
    pages.filter(({ path }) => longest(path) === folder && path !== `${folder}/index.md`)
  const inOrder = (some: Page[], collapsed: boolean): Page[] =>
    some.sort((a, b) => (collapsed ? a.path.localeCompare(b.path) : a.title.localeCompare(b.title)))
  return [
    { folder: '', title: 'Latchkey', pages: inOrder(within(''), false), collapsed: false, index: false },
    ...FOLDERS.map(({ folder, title, collapsed = false, ownIndex = false }) => ({
      folder,
      title,
      pages: inOrder(within(folder), collapsed),
      collapsed,
      index: !ownIndex,
    })),
  ]
}

/** Returns the innermost folder of {@link FOLDERS} that a page is in. */
function longest(path: string): string {
  const all = FOLDERS.map(({ folder }) => folder).filter(folder => path.startsWith(`${folder}/`))
  return all.sort((a, b) => b.length - a.length)[0] ?? ''
}
