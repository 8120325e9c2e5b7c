// Every item of Imgur's behaviour and every switch must have a test that names it.
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { SWITCHES } from '../src/index.ts'

const ITEMS = 30

/** The start of test titles that cite an item. */
const TITLES = readdirSync(new URL('.', import.meta.url))
  .filter(file => file.endsWith('.test.ts'))
  .flatMap(file => [
    ...readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(/['"](items? [\d, and]+: .*)['"],/g),
  ])
  .map(([, title]) => title!)

const numbersOf = (title: string): number[] => title.split(':', 1)[0]!.match(/\d+/g)!.map(Number)

test('every item from 1 to 30 is cited by a test', () => {
  const cited = new Set(TITLES.flatMap(numbersOf))
  expect([...cited].sort((a, b) => a - b)).toEqual(Array.from({ length: ITEMS }, (_, index) => index + 1))
})

test.each(Object.entries(SWITCHES))('the switch %s is named by a test of its item', (name, { item }) => {
  const named = TITLES.filter(
    title => numbersOf(title).includes(item) && new RegExp(`\\b${name}\\b`).test(title),
  )
  expect(named).not.toEqual([])
})
