// The sidebars, as VitePress has them: by the folder in which each is shown.
import type { Section } from './sections.ts'

interface Item {
  readonly text: string
  readonly link: string
}

interface Group {
  readonly text: string
  readonly items: readonly Item[]
}

/** Returns the sidebar of every folder; a section that is under another comes first in its own folder. */
export function sidebarsOf(sections: readonly Section[]): Record<string, Group[]> {
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

function groupOf({ title, pages }: Section, more: readonly Item[] = []): Group {
  const items = pages.map(page => ({ text: page.title, link: `/${page.path.replace(/\.md$/, '')}` }))
  return { text: title, items: [...items, ...more] }
}
