// A page of the site, as Markdown.

export interface Page {
  /** Its path on the site: `guides/sign-in.md`. */
  readonly path: string
  readonly title: string
  /** Its first sentence, as plain text. */
  readonly description: string
  readonly text: string
  /** The document in the repository that it is a copy of. */
  readonly source?: string
}

/** Returns the page of a text, with the title and the first sentence in it. */
export function pageOf(path: string, text: string, source?: string): Page {
  const body = text.replace(/<!--[\s\S]*?-->\n*/g, '').trimStart()
  const title = plain(/^# (.+)$/m.exec(body)?.[1] ?? path)
  const paragraph = body
    .split(/\n{2,}/)
    .find(block => /^[\w`"*[]/.test(block) && !block.startsWith('**') && !block.startsWith('[@latchkey'))
  const description = /^.*?[.:](?=\s|$)/.exec(plain(paragraph ?? ''))?.[0] ?? plain(paragraph ?? '')
  return { path, title, description: description.replace(/:$/, '.'), text: body, ...(source && { source }) }
}

/** Returns Markdown without its marks, in one line. */
function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/[`*\\]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
