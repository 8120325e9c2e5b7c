// The demo with a simulated user, and with Imgur, where it prompts the user.
import { afterEach, expect, test } from '@jest/globals'
import { type Demo, startDemo } from './run.ts'

let demo: Demo
afterEach(() => demo.stop())

test('it obtains tokens with all four flows, uses them, and prints no secret', async () => {
  demo = startDemo()

  expect(await demo.exitCode).toBe(0)
  expect(demo.output).toContain('GET /3/account/me returned the account rmp135')
  const summary = demo.output.slice(demo.output.indexOf('Summary'))
  for (const flow of ['by code', 'by token', 'by PIN', 'regenerate from the refresh token'])
    expect(summary).toMatch(new RegExp(`${flow} +ok +rmp135 +3650 days +http://127`))
  expect(demo.output).not.toMatch(/[0-9a-f]{40}/)
  expect(demo.output).toContain("access_token: '[redacted]'")
})

const IMGUR = { IMGUR_CLIENT_ID: '43652b743b5a7a0', IMGUR_CLIENT_SECRET: 'none-of-yours' }

test('with Imgur it prompts the user, again after a wrong input, and reports the end of input', async () => {
  demo = startDemo([], IMGUR)
  demo.type('https://imgur.com/?nothing')
  await demo.says(/paste the final address[^]*StateMismatchError: .*\n.*paste the final address/)
  demo.endInput()

  expect(await demo.exitCode).toBe(1)
  expect(demo.output).toContain(
    'https://api.imgur.com/oauth2/authorize?client_id=43652b743b5a7a0&response_type=pin',
  )
  expect(demo.output).toContain('type the PIN from the page')
  expect(demo.output).toContain('the input ended')
  expect(demo.output).not.toContain('none-of-yours')
})

test.each([
  [['--browser'], IMGUR, '--browser uses the emulator: unset IMGUR_CLIENT_ID'],
  [['--colour'], {}, "Unknown option '--colour'"],
])('wrong usage %j is one line and exit code 2', async (args, environment, message) => {
  demo = startDemo(args, environment)

  expect(await demo.exitCode).toBe(2)
  expect(demo.output).toMatch(/^.+\n$/)
  expect(demo.output).toContain(message)
})
