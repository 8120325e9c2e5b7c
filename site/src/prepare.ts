// Writes the pages that VitePress builds: every document, with its links rewritten, the start page, and indexes of folders.
// Each is also served as Markdown, and listed in llms.txt.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { buildApi } from './api.ts'
import { llmsFull, llmsIndex } from './llms.ts'
import { type Page, pageOf } from './page.ts'
import { DIST, PAGES, ROOT } from './places.ts'
import { rewriteLinks } from './rewrite-links.ts'
import { FOLDERS, type Section, sectionsOf } from './sections.ts'
import { sidebarsOf } from './sidebars.ts'
import { findDocuments } from './sources.ts'
import { startPage, withoutHtml } from './start-page.ts'

/** Titles that fit a page better than that of its document. */
const TITLES: Readonly<Record<string, string>> = { 'overview.md': 'Overview' }

/**
 * Writes all pages into an empty folder.
 *
 * @throws {Error} when a document has a link to a file that does not exist, or TypeDoc reports an error.
 */
export async function prepare(): Promise<void> {
  rmSync(PAGES, { recursive: true, force: true })
  rmSync(DIST, { recursive: true, force: true })
  const { start, documents } = copies()
  const pages = [...documents, ...(await buildApi(join(PAGES, 'api')))]
  const sections = sectionsOf(pages)
  pages.push(...sections.filter(({ folder }) => folder !== '').map(section => indexOf(section, sections)))
  for (const page of pages) write(page)
  save('public/index.md', start.text)
  save('public/llms.txt', llmsIndex([{ title: 'Start', pages: [start] }, ...sections]))
  save('public/llms-full.txt', llmsFull(pages))
  save('sidebar.json', JSON.stringify(sidebarsOf(sections)))
}

/** Returns the start page and a page for each document, copies the images that they show, and writes the start page. */
function copies(): { readonly start: Page; readonly documents: readonly Page[] } {
  const documents = findDocuments()
  const pages = new Map(documents)
  for (const { folder } of FOLDERS) pages.set(`docs/${folder}`, `${folder}/index.md`)
  const missing: string[] = []
  const rewrite = (text: string, path: string, page: string): string => {
    const onImage = (image: string): void => {
      const to = posix.join(dirname(page), posix.relative(dirname(path), image))
      for (const root of [PAGES, join(PAGES, 'public')]) cpSync(ROOT + image, join(root, to))
    }
    const onMissing = (file: string): void => void missing.push(`${path}: ${file}`)
    const titled = text.replace(/^# .+$/m, heading => (page in TITLES ? `# ${TITLES[page]}` : heading))
    return rewriteLinks(titled, { path, page, pages, onImage, onMissing })
  }
  const copied = [...documents].map(([path, page]) =>
    pageOf(page, rewrite(readFileSync(ROOT + path, 'utf8'), path, page), path),
  )
  const start = rewrite(startPage(), 'README.md', 'index.md')
  save('index.md', start)
  if (missing.length > 0)
    throw new Error(`Documents have links to files that do not exist. Correct them:\n${missing.join('\n')}`)
  return { start: pageOf('index.md', withoutHtml(start)), documents: copied }
}

/** Returns the page that lists a folder, and the folders that are under it. */
function indexOf({ folder, title, pages }: Section, sections: readonly Section[]): Page {
  const link = (text: string, path: string): string => `- [${text}](${posix.relative(folder, path)})`
  const lines = [
    ...sections
      .filter(({ under }) => under === folder)
      .map(below => `${link(below.title, `${below.folder}/index.md`)}: ${titlesOf(below)}`),
    ...pages.map(
      page => `${link(page.title, page.path)}: ${page.description.replace(/^This page is for/, 'for')}`,
    ),
  ]
  return pageOf(`${folder}/index.md`, `# ${title}\n\n${lines.join('\n')}\n`)
}

/** Returns the titles of the first pages of a section. */
function titlesOf({ pages }: Section): string {
  const titles = pages.slice(0, 8).map(({ title }) => title)
  return [...titles, ...(pages.length > 8 ? ['...'] : [])].join(', ')
}

/** Writes a page for VitePress, and as it is served as Markdown. */
function write({ path, text, description, source }: Page): void {
  const head = {
    description,
    ...(source && { source }),
    ...(path.startsWith('api/') && { outline: [2, 3] }),
    // Without headings there is no outline, and tables can have its place.
    ...(!/^##/m.test(text) && { aside: false }),
  }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
  save(path, `---\n${lines.join('')}---\n\n${text}`)
  save(join('public', path), text)
}

function save(path: string, text: string): void {
  const file = join(PAGES, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
