// Links of documents, as the site has them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { findDeadLinks } from '../src/dead-links.ts'
import { rewriteLinks } from '../src/rewrite-links.ts'
import { findDocuments } from '../src/sources.ts'
import { quote, withoutHtml } from '../src/start-page.ts'

const documents = findDocuments()

/** Returns the text of docs/guides/sign-in.md, as its page has it, and the images and missing files of it. */
function rewritten(text: string): { text: string; images: string[]; missing: string[] } {
  const images: string[] = []
  const missing: string[] = []
  const after = rewriteLinks(text, {
    path: 'docs/guides/sign-in.md',
    page: 'guides/sign-in.md',
    pages: documents,
    onImage: path => images.push(path),
    onMissing: path => missing.push(path),
  })
  return { text: after, images, missing }
}

test('the start page as Markdown has no front matter and no tags, and the same code', () => {
  const page =
    '---\na: b\n---\n\n<main>\n\n# T\n\n<p class="x">Text.</p>\n\n<Playground />\n\n```ts\nlet a: A<b>\n```\n\n</main>\n'
  expect(withoutHtml(page)).toBe('# T\n\nText.\n\n```ts\nlet a: A<b>\n```\n')
})

test.each([
  ['a document', '[a](../glossary.md#lease)', '[a](../glossary.md#lease)'],
  ['a package', '[`a`](../../packages/web)', '[`a`](../packages/web.md)'],
  ['the README of a package', '[a](../../packages/web/README.md#x)', '[a](../packages/web.md#x)'],
  ['README.md', '[a](../../README.md#limits)', '[a](../overview.md#limits)'],
  [
    'a source file',
    '[a](../../packages/core/src/index.ts)',
    '[a](https://github.com/latchkey-auth/latchkey/blob/main/packages/core/src/index.ts)',
  ],
  ['a folder', '[a](../../tools)', '[a](https://github.com/latchkey-auth/latchkey/tree/main/tools)'],
  ['a definition', '[a]: ../../packages/web', '[a]: ../packages/web.md'],
  ['another site', '[a](https://example.com/a.md)', '[a](https://example.com/a.md)'],
  ['a heading', '[a](#b)', '[a](#b)'],
  ['code', '`a[b](c.md)`', '`a[b](c.md)`'],
  ['a block of code', '```ts\na[b](c.md)\n```', '```ts\na[b](c.md)\n```'],
])('a link to %s', (_, before, after) => {
  expect(rewritten(before)).toEqual({ text: after, images: [], missing: [] })
})

test('a link to a file that does not exist is reported, and an image is copied', () => {
  expect(rewritten('[a](none.md) ![b](../benchmarks/size.svg)')).toMatchObject({
    images: ['docs/benchmarks/size.svg'],
    missing: ['docs/guides/none.md'],
  })
})

test('every document is one page, and no two are the same', () => {
  expect(documents.size).toBeGreaterThan(80)
  expect(new Set(documents.values()).size).toBe(documents.size)
})

test('links to pages and headings that do not exist are dead', () => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'))
  try {
    writeFileSync(
      join(folder, 'index.html'),
      '<h2 id="a&amp;b">A</h2><a class="x" href="/b.html#c">ok</a><a href="#d">1</a><a href="none.html">2</a><a href="https://example.com">ok</a>',
    )
    writeFileSync(join(folder, 'b.html'), '<h2 id="c">C</h2><a href="./">ok</a><a href="/#a&amp;b">ok</a>')
    expect(findDeadLinks(folder).sort()).toEqual([
      'index.html: #d: no such heading',
      'index.html: none.html: no such page',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the start page quotes blocks of code and paragraphs, and nothing that is not there', () => {
  const document = '# A\n\nOne. Two\nthree.\n\n```sh\nfour\n```\n'
  expect(quote(document, 'Two')).toBe('Two\nthree.')
  expect(quote(document, 'four')).toBe('```sh\nfour\n```')
  expect(() => quote(document, 'five')).toThrow("README.md has no 'five'")
})
