// llms.txt (https://llmstxt.org): an index of the pages as Markdown, and all of them in one file.
import { readFileSync } from 'node:fs'
import type { Page } from './page.ts'
import { ROOT } from './places.ts'
import type { Section } from './sections.ts'

const { description } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { description: string }

export function llmsIndex(sections: readonly Pick<Section, 'title' | 'pages'>[]): string {
  const parts = sections.map(({ title, pages }) => {
    const lines = pages.map(page => `- [${page.title}](/${page.path}): ${page.description}`)
    return `## ${title}\n\n${lines.join('\n')}\n`
  })
  return [`# Latchkey\n\n> ${description}\n`, ...parts].join('\n')
}

/** Returns every page except those of the API, which an editor knows from the types. */
export function llmsFull(pages: readonly Page[]): string {
  return pages
    .filter(({ path }) => !path.startsWith('api/'))
    .map(({ path, text }) => `<!-- /${path} -->\n\n${text}`)
    .join('\n\n')
}
