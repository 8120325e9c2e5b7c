// The demo as a person runs it: a process of its own.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

function demo(environment: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', MAIN], {
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += String(data)))
  return new Promise(resolve => child.on('close', code => resolve({ code, output })))
}

test('it gets tokens in all four ways, uses each, and shows no secret', async () => {
  const { code, output } = await demo({ IMGUR_CLIENT_ID: '' })

  expect(output).toContain('GET /3/account/me says: this is rmp135')
  const summary = output.slice(output.indexOf('Summary'))
  for (const flow of ['by code', 'by token', 'by PIN', 'regenerate from the refresh token'])
    expect(summary).toMatch(new RegExp(`${flow} +ok +rmp135 +3650 days +http://127`))
  expect(output).not.toMatch(/[0-9a-f]{40}/)
  expect(output).toContain("access_token: '[redacted]'")
  expect(code).toBe(0)
})

test('at Imgur itself it asks the person, and an input that ends is an end, not a crash', async () => {
  const { code, output } = await demo({
    IMGUR_CLIENT_ID: '43652b743b5a7a0',
    IMGUR_CLIENT_SECRET: 'none-of-yours',
  })

  expect(output).toContain(
    'https://api.imgur.com/oauth2/authorize?client_id=43652b743b5a7a0&response_type=pin',
  )
  expect(output).toContain('type the PIN you are shown')
  expect(output).toContain('the input ended')
  expect(output).not.toContain('none-of-yours')
  expect(code).toBe(1)
})
