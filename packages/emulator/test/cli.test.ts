import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { helpText, parseCommand, switchesText } from '../src/cli.ts'
import { SCENARIOS, SWITCHES } from '../src/index.ts'
import { emulatorWith } from './support.ts'

test('the command line accepts every switch in kebab-case, and turns flags off', () => {
  const args = [
    '--port',
    '8080',
    '--host',
    '::1',
    '--rotation=strict',
    '--no-require-secret',
    '--grace-ms',
    '5',
    '--single-session',
  ]
  expect(parseCommand(args)).toEqual({
    type: 'start',
    options: {
      port: 8080,
      host: '::1',
      rotation: 'strict',
      requireSecret: false,
      graceMs: 5,
      singleSession: true,
    },
  })
})

test('the command line without arguments starts an emulator with the defaults', () => {
  expect(parseCommand([])).toEqual({ type: 'start', options: {} })
})

test('the help fits a screen and names every switch', () => {
  const lines = helpText().split('\n')
  expect(lines.length).toBeLessThanOrEqual(40)
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(100)
  expect(helpText()).toContain('Example: npx @latchkey/emulator')
  for (const text of [helpText(), switchesText()]) {
    expect(text.match(/--[a-z-]+/g)).toEqual(expect.arrayContaining(['--rotation', '--require-secret']))
  }
  for (const { summary } of Object.values(SWITCHES)) expect(switchesText()).toContain(summary)
})

/** Runs the program until it ends, or until `until` appears in its output; then it gets the signal. */
async function run(args: string[], until?: string, signal: NodeJS.Signals = 'SIGINT') {
  const main = new URL('../src/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (until && output.includes(until)) child.kill(signal)
  })
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [exitCode] = await once(child, 'close')
  return { exitCode, output, errors }
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'the program prints what a client needs and ends by itself on %s',
  async signal => {
    const { exitCode, output, errors } = await run([], 'Ctrl+C', signal)
    expect(output).toMatch(/http:\/\/127\.0\.0\.1:\d+\n/)
    for (const part of [
      '43652b743b5a7a0',
      '0f5c1d3e7a9b2468ace013579bdf02468ace1357',
      'rmp135',
      'latchkey',
    ]) {
      expect(output).toContain(part)
    }
    expect([exitCode, errors]).toEqual([0, ''])
  },
)

test('on an old Node the program names the version that it needs', async () => {
  const bin = new URL('../bin/latchkey-emulator.js', import.meta.url).pathname
  const old = 'Object.defineProperty(process, "versions", { value: { node: "20.19.0" } })'
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${old}`, bin])
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [exitCode] = await once(child, 'close')
  expect(exitCode).toBe(1)
  expect(errors).toMatch(/^latchkey-emulator needs Node 22(\.18)? or later; this is Node 20\.19\.0\..*\n$/)
})

test('the program warns if other machines can reach it', async () => {
  const { errors, output } = await run(['--host', '0.0.0.0'], 'Ctrl+C')
  expect(output).toContain('listens on http://127.0.0.1:')
  expect(errors).toContain('WARNING: 0.0.0.0 is not loopback')
})

test.each([
  [['--colour'], /Unknown option '--colour'/],
  [['--port', 'x'], /--port must be a whole number, not "x"/],
  [['--port', '70000'], /port must be a whole number from 0 to 65535/],
  [['--era', '1999'], /era must be one of 2014, 2016, 2021, docs/],
  [['stray'], /Unexpected argument 'stray'/],
])('wrong usage %j ends with code 2 and words', async (args, words) => {
  const { exitCode, errors } = await run(args)
  expect(exitCode).toBe(2)
  expect(errors).toMatch(words)
})

test('options override members of the documented client', async () => {
  const { output } = await run(['--redirect-uri', 'http://127.0.0.1:3000/callback'], 'Ctrl+C')
  expect(output).toMatch(
    /client_id +43652b743b5a7a0\n.*\n +redirect_uri +http:\/\/127\.0\.0\.1:3000\/callback\n/,
  )
  expect(parseCommand(['--client-id', 'mine', '--client-secret', 'secret'])).toEqual({
    type: 'start',
    options: {
      clients: [{ client_id: 'mine', client_secret: 'secret', redirect_uri: 'https://imgur.com/' }],
    },
  })
  const { exitCode, errors } = await run(['--redirect-uri', 'callback'])
  expect([exitCode, errors]).toEqual([
    2,
    'clients[0].redirect_uri must be an absolute URL without a fragment\n',
  ])
})

test('a port in use is a one-line error', async () => {
  const { port } = new URL((await emulatorWith()).url)
  const { exitCode, errors } = await run(['--port', port])
  expect([exitCode, errors]).toEqual([1, `Port ${port} on 127.0.0.1 is in use by another program.\n`])
})

test('--scenario starts one, and an unknown one is an error', async () => {
  expect(parseCommand(['--scenario', 'outage'])).toEqual({ type: 'start', options: { scenario: 'outage' } })
  const { exitCode, errors } = await run(['--scenario', 'flood'])
  expect(exitCode).toBe(2)
  expect(errors).toMatch(/^scenario must be one of no-rotation, /)
})

test('--scenarios describes each server and what a client must do', async () => {
  const { output } = await run(['--scenarios'])
  for (const [name, { server, client }] of Object.entries(SCENARIOS)) {
    for (const part of [name, server, client]) expect(output).toContain(part)
  }
})

test('--help and --switches print and exit', async () => {
  expect((await run(['--help'])).output.trimEnd()).toBe(helpText())
  expect((await run(['--switches'])).output.trimEnd()).toBe(switchesText())
})
