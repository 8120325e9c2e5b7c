// Finds links of the built site that lead nowhere: to a page that does not exist, or to a heading that no page has.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Returns every dead link of the pages in a folder, with the page that has it. */
export function findDeadLinks(folder: string): string[] {
  const pages = globSync('**/*.html', { cwd: folder })
  const ids = new Map<string, Set<string>>()
  const links: [page: string, link: string][] = []
  for (const page of pages) {
    const html = readFileSync(join(folder, page), 'utf8')
    ids.set(page, new Set(valuesOf(html, 'id')))
    for (const name of ['href', 'src']) for (const link of valuesOf(html, name)) links.push([page, link])
  }
  return links.flatMap(([page, link]) => {
    if (/^(\w+:|\/\/)/.test(link)) return []
    const [path = '', anchor = ''] = link.split('#')
    const file = fileOf(page, decodeURI(path))
    if (!existsSync(join(folder, file))) return [`${page}: ${link}: no such page`]
    const isMissing = anchor !== '' && ids.get(file)?.has(decodeURIComponent(anchor)) !== true
    return isMissing ? [`${page}: ${link}: no such heading`] : []
  })
}

/** Returns the file that a link of a page leads to. */
function fileOf(page: string, path: string): string {
  if (path === '') return page
  const file = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page), path)
  return file === '' || file.endsWith('/') ? `${file}index.html` : file
}

function valuesOf(html: string, attribute: string): string[] {
  return [...html.matchAll(new RegExp(`<[^>]*?\\s${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    value.replaceAll('&amp;', '&').replaceAll('&#39;', "'"),
  )
}
