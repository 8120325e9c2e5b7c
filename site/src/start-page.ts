// The start page: `site/index.md`, with passages of README.md, which the tests compile and run.
import { readFileSync } from 'node:fs'
import { ROOT, SITE } from './places.ts'

/** Returns the text of the start page; its links are as in README.md. */
export function startPage(): string {
  const readme = readFileSync(`${ROOT}README.md`, 'utf8')
  return readFileSync(`${SITE}index.md`, 'utf8').replace(/<!-- quote: (.*) -->/g, (_, start: string) =>
    quote(readme, start),
  )
}

/** Returns the start page as Markdown: without its front matter, and without tags at the beginning of a line. */
export function withoutHtml(page: string): string {
  const text = page.replace(/^---[\s\S]*?\n---\n/, '')
  return `${text
    .replace(/^<.*$/gm, line => line.replace(/<[^>]*>/g, ''))
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

/**
 * Returns the block of code that has a text, or the rest of the paragraph that begins with it.
 *
 * @throws {Error} when no passage has the text.
 */
export function quote(document: string, text: string): string {
  const block = document.match(/^```[\s\S]*?^```$/gm)?.find(code => code.includes(text))
  if (block !== undefined) return block
  const at = document.indexOf(text)
  if (at < 0) throw new Error(`README.md has no '${text}'. Correct the quotation in site/index.md.`)
  return document.slice(at).split('\n\n', 1)[0]!
}
