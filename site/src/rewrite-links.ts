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
  /** Is called with the path of each file that it has a link to and that does not exist. */
  readonly onMissing: (path: string) => void
}

/** Blocks of code, which have no links, and links. */
const CODE_OR_LINK =
  /^ *(`{3,})[\s\S]*?^ *\1$|(`+)(?:(?!\n\n)[\s\S])+?\2|(?<=\]\()[^)\s]+(?=\))|(?<=^\[[^\]]+\]: )\S+/gm

/** Returns the text with links that work on the site: to a page if there is one, else to the file in the repository. */
export function rewriteLinks(text: string, document: Document): string {
  return text.replace(CODE_OR_LINK, found =>
    found.trimStart().startsWith('`') || /^(\w+:|#|\/)/.test(found) ? found : rewritten(found, document),
  )
}

function rewritten(link: string, { path, page, pages, onImage, onMissing }: Document): string {
  const [target = '', anchor] = link.split('#')
  const file = join(dirname(path), target).replace(/\/$/, '')
  const to = [file, `${file}/README.md`, `${file}/index.md`]
    .map(one => pages.get(one))
    .find(one => one !== undefined)
  const hash = anchor === undefined ? '' : `#${anchor}`
  if (to !== undefined) return relative(dirname(page), to) + hash
  if (/\.(svg|png)$/.test(file)) {
    onImage(file)
    return target
  }
  if (!existsSync(ROOT + file)) {
    onMissing(file)
    return link
  }
  return `${REPOSITORY}/${statSync(ROOT + file).isDirectory() ? 'tree' : 'blob'}/main/${file}${hash}`
}
