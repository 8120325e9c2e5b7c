// The page of a preset that has functions of its own.
import { expect, test } from '@jest/globals'
import { describedBy, pageOf } from '../../../tools/provider-pages.ts'
import { own as fixture } from './broken/fixtures/own.ts'
import { own } from './broken/src/own.ts'

const page = pageOf(describedBy(fixture, { own }, new URL('./broken/src/', import.meta.url)))

/** Returns the cells of the rows that begin with a text. */
const rowsOf = (name: string): readonly string[][] =>
  [...page.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row]) => row!.split(/(?<!\\) \| /).map(cell => cell.trim()))
    .filter(([first]) => first === `\`${name}\``)

test("a page shows a preset's own quirks, each with its comment", () => {
  expect(rowsOf('authorizationResponse')).toEqual([
    ['`authorizationResponse`', 'a function of the preset', 'Drops what \\| follows.'],
  ])
  expect(rowsOf('tokenRequest')).toEqual([['`tokenRequest`', "`versioned('v2')`", 'Adds the version.']])
  expect(rowsOf('tokenResponse')).toEqual([
    ['`tokenResponse`', '`tokenTypeMissing`', 'Treats a missing `token_type` as `bearer`.'],
    ['`tokenResponse`', '`lifetimeInMinutes`', 'Reads the lifetime in minutes. The second sentence stays.'],
    ['`tokenResponse`', 'a function of the preset', ''],
    ['`tokenResponse`', 'a function of the preset', ''],
  ])
})

test("a page shows the comment of a preset's own identity", () => {
  expect(rowsOf('identity')[0]![1]).toBe('`memberId`: Returns the `id` of the `member`.')
})
