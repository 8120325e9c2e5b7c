// No secret that a server echoes gets into a message, in whatever spelling, also in two formats at once.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { quote, scrub } from '../src/util/scrub.ts'

const seed = Number(process.env['LATCHKEY_SEED'] ?? Date.now() % 2 ** 31)
const CASES = Number(process.env['LATCHKEY_CASES'] ?? 2_000)

const each = (spell: (character: string, code: number) => string) => (text: string) =>
  [...text].map(character => spell(character, character.codePointAt(0)!)).join('')
const special = (spell: (character: string, code: number) => string) =>
  each((character, code) => (/[a-z0-9]/i.test(character) ? character : spell(character, code)))
const hex = (code: number, width: number): string => code.toString(16).padStart(width, '0')
const ENTITIES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
  '/': 'sol',
  '+': 'plus',
  '=': 'equals',
  '.': 'period',
  _: 'lowbar',
  '%': 'percnt',
  '\\': 'bsol',
}

/** How servers spell what they echo. */
const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: text => text,
  JSON: text => JSON.stringify(text).slice(1, -1),
  'JSON with \\/': text => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  'JSON with \\u002f': special((_, code) => `\\u${hex(code, 4)}`),
  'JSON with \\u002F': special((_, code) => `\\u${hex(code, 4).toUpperCase()}`),
  'every character as \\u': each((_, code) => `\\u${hex(code, 4)}`),
  percent: encodeURIComponent,
  'percent, lower case': text => encodeURIComponent(text).replace(/%../g, found => found.toLowerCase()),
  'percent, every character': each((_, code) => `%${hex(code, 2).toUpperCase()}`),
  form: text => new URLSearchParams({ x: text }).toString().slice(2),
  'form, + left alone': text => encodeURIComponent(text).replaceAll('%2B', '+'),
  'HTML by name': each(character => (ENTITIES[character] ? `&${ENTITIES[character]};` : character)),
  'HTML, decimal': special((_, code) => `&#${code};`),
  'HTML, decimal, padded': special((_, code) => `&#${String(code).padStart(4, '0')};`),
  'HTML, hexadecimal': special((_, code) => `&#x${hex(code, 2)};`),
  'HTML, hexadecimal, upper case': special((_, code) => `&#X${hex(code, 2).toUpperCase()};`),
}
const names = Object.keys(SPELLINGS)
const SECRET = 'aB3/xY+z=="q w\\e&r<t>.\'_~%'

test(`${names.length ** 2} compositions of two spellings reveal nothing`, () => {
  for (const inner of names)
    for (const outer of names) {
      const text = SPELLINGS[outer]!(`{"error_description":"no ${SPELLINGS[inner]!(SECRET)} is known"}`)
      const shown = scrub(text, [SECRET])
      expect([inner, outer, shown.includes('[redacted]')]).toEqual([inner, outer, true])
      // What is left has no long piece of it, however it is spelled.
      expect(shown).not.toContain(SPELLINGS[outer]!(SPELLINGS[inner]!(SECRET)))
    }
})

test(`secrets of any characters, in any two spellings, reveal nothing (seed ${seed})`, () => {
  const secret = fc.string({
    minLength: 8,
    maxLength: 40,
    unit: fc.integer({ min: 0x21, max: 0x7e }).map(code => String.fromCharCode(code)),
  })
  fc.assert(
    fc.property(secret, fc.constantFrom(...names), fc.constantFrom(...names), (text, inner, outer) => {
      const echoed = SPELLINGS[outer]!(SPELLINGS[inner]!(text))
      for (const shown of [scrub(`said: ${echoed}.`, [text]), quote(`said: ${echoed}.`, [text])]) {
        expect(shown).not.toContain(text)
        expect(shown).not.toContain(echoed)
      }
    }),
    { seed, numRuns: CASES },
  )
})

test('several secrets in several spellings are all removed', () => {
  const secrets = ['first/secret+1', 'second secret', 'third"secret']
  const text = secrets.map((secret, at) => SPELLINGS[names[4 + at * 3]!]!(secret)).join(' | ')
  const shown = scrub(text, secrets)
  for (const word of ['first', 'second', 'third']) expect(shown).not.toContain(word)
})

test('a secret that is part of the replacement, or empty, comes to an end', () => {
  expect(scrub('the refresh failed', ['r'])).toBe('the [redacted]ef[redacted]esh failed')
  for (const secret of ['redacted', '[', 'd', '', '\u{f8ff}', 'a\u{f8ff}'])
    expect(scrub('it was [redacted] \u{f8ff} and read', [secret]).length).toBeLessThan(200)
})

test('a text without a secret stays as it is', () => {
  for (const text of ['100 % of a+b &amp; %2F \\u0041', '{"error":"invalid_grant"}'])
    expect(scrub(text, ['something else'])).toBe(text)
})

test('a megabyte of escapes takes no time', () => {
  const begin = performance.now()
  scrub('%25'.repeat(350_000), ['secret-one', 'secret-two'])
  scrub('\\\\'.repeat(500_000), ['secret-one'])
  expect(performance.now() - begin).toBeLessThan(10_000) // by the square it takes minutes
})
