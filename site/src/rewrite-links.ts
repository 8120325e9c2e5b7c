// Links of a document, as its page has them.
import { existsSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { REPOSITORY, ROOT } from './places.ts'

const { dirname, join, relative } = posix

/** A document with links to rewrite. */
export interface Document {
  /** Its path in the repository. */
  readonly path: string
  /** Its path on the site. */
  readonly page: string
  /** The page of every document. */
  readonly pages: ReadonlyMap<string, string>
  /** Is called with the path of each image that it shows. */
  readonly onImage: (path: string) => void
}

/** Blocks of code, which have no links, and links. */
const CODE_OR_LINK = /^(`{3,})[\s\S]*?^\1$|`[^`\n]+`(?!\])|(?<=\]\()[^)\s]+(?=\))|(?<=^\[[^\]]+\]: )\S+/gm

/**
 * Returns the text with links that work on the site: to a page if there is one, else to the file in the repository.
 *
 * @throws {Error} when a link leads to a file that does not exist.
 */
export function rewriteLinks(text: string, document: Document): string {
  return text.replace(CODE_OR_LINK, found =>
    found.startsWith('`') || /^(\w+:|#|\/)/.test(found) ? found : rewritten(found, document),
  )
}

function rewritten(link: string, { path, page, pages, onImage }: Document): string {
  const [target = '', anchor] = link.split('#')
  const file = join(dirname(path), target).replace(/\/$/, '')
  if (!existsSync(ROOT + file)) throw new Error(`${path} has a link to ${file}, which does not exist. Correct the link.`)
  const to = [file, `${file}/README.md`, `${file}/index.md`].map(one => pages.get(one)).find(one => one !== undefined)
  const hash = anchor === undefined ? '' : `#${anchor}`
  if (to !== undefined) return relative(dirname(page), to) + hash
  if (/\.(svg|png)$/.test(file)) {
    onImage(file)
    return target
  }
  return `${REPOSITORY}/${statSync(ROOT + file).isDirectory() ? 'tree' : 'blob'}/main/${file}${hash}`
}
