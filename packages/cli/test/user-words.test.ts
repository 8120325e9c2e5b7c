import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { inUserWords, USER_WORDS } from '../src/user-words.ts'

const packages = fileURLToPath(new URL('../..', import.meta.url))
const SOURCES = ['adapters', 'core', 'mcp', 'receivers', 'storage-fs', 'storage-redis', 'transport-fetch']
  .flatMap(name => {
    const folder = join(packages, name, 'src')
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts'))
      .map(file => readFileSync(join(folder, file), 'utf8'))
  })
  .join('\n')

/** The source composes it, or it is the result of the replacement before. */
const COMPOSED = ['the URL has another state']

test.each(USER_WORDS.map(([developers]) => developers).filter(words => !COMPOSED.includes(words)))(
  'the library still says %j',
  words => {
    expect(SOURCES).toContain(words)
  },
)

test.each([
  ['Invalid Pin (HTTP 400); the flow still waits for another one', 'Invalid Pin (HTTP 400)'],
  ['the redirect carries another state', 'the URL belongs to another sign-in: it has another state'],
  [
    "the tokens need the grant '$&': pass it in 'grants'",
    "the tokens need the grant '$&', which only the program that obtained them has",
  ],
])('%j becomes %j', (developers, users) => {
  expect(inUserWords(developers)).toBe(users)
})

/** Functions and options of the library, and words of its design. */
const FOR_DEVELOPERS = /\w\(\)|\bpass \{|\bflow\b|\blease\b|\bpending\b|\bstale\b|new Client|\bgeneration\b/

test('no replacement has the words of developers', () => {
  expect(USER_WORDS.filter(([, users]) => FOR_DEVELOPERS.test(users))).toEqual([])
})
