// The sidebars, as VitePress has them: by the folder in which each is shown.
import type { Page } from './page.ts'
import type { Section } from './sections.ts'

interface Item {
  readonly text: string
  readonly link?: string
  readonly items?: readonly Item[]
}

/** Returns the sidebar of every folder; a section that is under another comes first in its own folder. */
export function sidebarsOf(sections: readonly Section[]): Record<string, Item[]> {
  const groups = sections
    .filter(({ under }) => under === undefined)
    .map(section => {
      const below = sections.filter(({ under }) => under === section.folder)
      return groupOf(
        section,
        below.map(({ title, folder }) => ({ text: title, link: `/${folder}/` })),
      )
    })
  const apart = sections.filter(({ under }) => under !== undefined)
  return {
    '/': groups,
    ...Object.fromEntries(apart.map(section => [`/${section.folder}/`, [groupOf(section), ...groups]])),
  }
}

function groupOf({ folder, title, pages }: Section, more: readonly Item[] = []): Item {
  const items = folder === 'api' ? packagesOf(pages) : pages.map(page => itemOf(page))
  return { text: title, items: [...items, ...more] }
}

/** Returns an item for each package of the API: its main entry, if it has one, with its other entries under it. */
function packagesOf(pages: readonly Page[]): Item[] {
  const nameOf = ({ path }: Page): string => path.slice('api/'.length, -'.md'.length)
  const packages = Map.groupBy(pages, page => nameOf(page).split('/')[0]!)
  return [...packages].map(([text, entries]) => {
    const main = entries.find(page => nameOf(page) === text)
    const others = entries.filter(page => page !== main)
    const items = others.map(page => itemOf(page, nameOf(page).slice(text.length + 1)))
    return { ...(main ? itemOf(main, text) : { text }), ...(items.length > 0 && { items }) }
  })
}

function itemOf({ path, title }: Page, text = title): Item {
  return { text, link: `/${path.replace(/\.md$/, '')}` }
}
