// The demo with a script in the person's place, and at Imgur, where it asks the person.
import { afterEach, expect, jest, test } from '@jest/globals'
import { type Demo, startDemo } from './run.ts'

jest.setTimeout(60_000)

let demo: Demo
afterEach(() => demo.stop())

test('it gets tokens in all four ways, uses each, and shows no secret', async () => {
  demo = startDemo()

  expect(await demo.exitCode).toBe(0)
  expect(demo.output).toContain('GET /3/account/me says: this is rmp135')
  const summary = demo.output.slice(demo.output.indexOf('Summary'))
  for (const flow of ['by code', 'by token', 'by PIN', 'regenerate from the refresh token'])
    expect(summary).toMatch(new RegExp(`${flow} +ok +rmp135 +3650 days +http://127`))
  expect(demo.output).not.toMatch(/[0-9a-f]{40}/)
  expect(demo.output).toContain("access_token: '[redacted]'")
})

const IMGUR = { IMGUR_CLIENT_ID: '43652b743b5a7a0', IMGUR_CLIENT_SECRET: 'none-of-yours' }

test('at Imgur itself it asks the person, again when they mistype, and an input that ends is an end, not a crash', async () => {
  demo = startDemo([], IMGUR)
  demo.type('https://imgur.com/?nothing')
  await demo.says(/paste the address[^]*StateMismatchError: .*\n.*paste the address/)
  demo.endInput()

  expect(await demo.exitCode).toBe(1)
  expect(demo.output).toContain(
    'https://api.imgur.com/oauth2/authorize?client_id=43652b743b5a7a0&response_type=pin',
  )
  expect(demo.output).toContain('type the PIN you are shown')
  expect(demo.output).toContain('the input ended')
  expect(demo.output).not.toContain('none-of-yours')
})

test.each([
  [['--browser'], IMGUR, '--browser plays against the emulator: unset IMGUR_CLIENT_ID'],
  [['--colour'], {}, "Unknown option '--colour'"],
])('wrong usage %j is one line and exit code 2', async (args, environment, words) => {
  demo = startDemo(args, environment)

  expect(await demo.exitCode).toBe(2)
  expect(demo.output).toMatch(/^.+\n$/)
  expect(demo.output).toContain(words)
})
