// Help on one screen, the tables of README.md, and completion in shells.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import * as core from '@latchkey/core'
import { COMMANDS } from '../src/commands.ts'
import { EXITS } from '../src/exits.ts'
import { PRESET_OPTIONS } from '../src/preset-options.ts'
import { COMMAND, start, startProgram } from './support.ts'

const latchkey = (...args: readonly string[]) => {
  const [node, ...rest] = [...COMMAND, ...args]
  return spawnSync(node!, rest, { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: '/nowhere' } })
}

test.each([[''], ...Object.keys(COMMANDS).map(name => [name])])(
  'latchkey %s --help fits a screen of 24 lines of 80 columns and shows an example',
  command => {
    const { status, stdout, stderr } = latchkey(...(command ? [command] : []), '--help')
    expect([status, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(23) // and a line for the prompt
    expect(lines.filter(line => line.length > 80)).toEqual([])
    expect(stdout).toMatch(new RegExp(`^Example: .*latchkey ${command}`, 'm'))
  },
)

test('without a command it prints its help, with the exit code of wrong usage', () => {
  const { status, stderr } = latchkey()
  expect(status).toBe(2)
  expect(stderr).toMatch(/^Usage: latchkey <command>/)
})

test.each([
  [['nonsense'], "unknown command 'nonsense'"],
  [['token', '--nonsense'], "unknown option '--nonsense'"],
  [['token', 'stray'], 'too many arguments'],
  [['login', '--pin', '--device'], 'choose one'],
  [['login', '--port', 'http'], '--port must be a whole number'],
  [['login', '--device'], 'this provider has no sign-in by --device: leave the option out, or use --paste'],
  [['login', 'github', '--pin'], 'this provider has no sign-in by --pin'],
  [['login', 'nobody'], "unknown provider 'nobody'\nUse one of airtable, asana, "],
  [['completion', 'bash', '--provider', 'imgur'], "unknown option '--provider'"],
  [['completion', 'tcsh'], 'bash, zsh, fish'],
])('%j is wrong usage, with a reason', (args, words) => {
  const { status, stdout, stderr } = latchkey(...args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toContain(words)
})

test.each([
  [['--scenarios'], 0, /^no-rotation\n/],
  [['--port', 'x'], 2, /^$/],
])('latchkey emulator %j is read by the emulator itself', (args, exit, words) => {
  const { status, stdout } = latchkey('emulator', ...args)
  expect([status, stdout]).toEqual([exit, expect.stringMatching(words)])
})

test('what the emulator prints wraps at words', async () => {
  const one = start(['emulator', '--scenarios'], { env: { PATH: process.env['PATH']! }, terminal: 60 })
  await one.exitCode
  const lines = one.stdout.split('\r\n')
  expect(lines.filter(line => line.length > 60)).toEqual([])
  expect(one.stdout).toMatch(/\r\n {4}Known to fail: .*,\r\n {4}\S/)
})

test('latchkey emulator runs until Ctrl+C', async () => {
  const emulator = start(['emulator', '--redirect-uri', 'http://127.0.0.1'], {
    env: { PATH: '' },
    terminal: false,
  })
  const ready = new Promise(resolve => emulator.process.stdout!.on('data', resolve))
  await ready
  expect(emulator.stdout).toMatch(/listens on http:\/\/127\.0\.0\.1:\d+\n/)
  emulator.process.kill('SIGINT')
  expect(await emulator.exitCode).toBe(0)
})

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const rowsOf = (heading: string): string[][] => {
  const [, section = ''] = readme.split(`## ${heading}\n`)
  return [...section.split('\n## ')[0]!.matchAll(/^\| (?!-)(.*) \|$(?!\n\| -)/gm)].map(([, row]) =>
    row!.split(' | ').map(cell => cell.trim()),
  )
}

test('README.md has the table of exit codes', () => {
  const rows = EXITS.map(({ exit, means, codes }) => [
    String(exit),
    means,
    codes.map(code => `\`${code}\``).join(', '),
  ])
  expect(rowsOf('Exit codes')).toEqual(rows.map(row => row.map(cell => cell.trim())))
})

test('README.md has the table of commands', () => {
  expect(rowsOf('Commands').map(([name, summary]) => [/^`latchkey (\w+)/.exec(name!)?.[1], summary])).toEqual(
    Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]),
  )
})

test('README.md has the table of provider options', () => {
  const cell = (options: object): string =>
    Object.entries(options)
      .map(([name, value]) => `\`${name}=${value}\``)
      .join(', ')
  const rows = Object.entries(PRESET_OPTIONS).map(([preset, { needs, takes }]) => [
    `\`${preset}\``,
    cell(needs),
    cell(takes),
  ])
  expect(rowsOf('Provider options')).toEqual(rows)
})

test('every error of a flow or a store has an exit code', () => {
  const codes = Object.values(core).flatMap(value => {
    if (typeof value !== 'function' || !value.name.endsWith('Error')) return []
    return (
      new (value as new (message: unknown, options: unknown) => { code?: string })({}, { sent: 'no' }).code ??
      []
    )
  })
  const elsewhere = ['flow_state', 'saved_flow_invalid', 'missing_transport'] // ours to prevent
  const servers = ['flow_expired', 'binding_mismatch', 'callback_replayed']
  const known = EXITS.flatMap(exit => exit.codes)
  expect(codes.filter(code => ![...known, ...elsewhere, ...servers].includes(code))).toEqual([])
})

/** Scripts that print what a shell offers at the end of a line. */
const SHELLS = {
  bash: (script: string, line: string) =>
    `${script}
COMP_WORDS=(${line} '')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_latchkey
printf '%s\\n' "\${COMPREPLY[@]}"`,
  fish: (script: string, line: string) => `${script}
complete --do-complete '${line} '`,
} as const

test.each([
  ['bash', 'latchkey', ['login', 'token', 'doctor']],
  ['bash', 'latchkey login', ['--pin', '--port', '--account', 'imgur', 'github']],
  ['bash', 'latchkey token --provider', ['github', 'spotify']],
  ['bash', 'latchkey completion', ['bash', 'zsh', 'fish']],
  ['fish', 'latchkey', ['login', 'token', 'doctor']],
  ['fish', 'latchkey login', ['imgur', 'github']],
  ['fish', 'latchkey token --provider', ['github', 'spotify']],
  ['fish', 'latchkey completion', ['bash', 'zsh', 'fish']],
] as const)('%s completes %j', (shell, line, words) => {
  const { stdout: script } = latchkey('completion', shell)
  const { stdout, stderr } = spawnSync(shell, ['-c', SHELLS[shell](script, line)], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout.split('\n').map(offer => offer.split('\t')[0])).toEqual(expect.arrayContaining([...words]))
})

test('zsh completes commands, options and providers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-zsh-'))
  const shell = startProgram(['zsh', '-f', '-i'], {
    env: { PATH: process.env['PATH']!, HOME: folder, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
    terminal: true,
  })
  try {
    writeFileSync(join(folder, 'latchkey.zsh'), latchkey('completion', 'zsh').stdout)
    shell.type('PROMPT=; autoload -Uz compinit; compinit -D -u; source ~/latchkey.zsh; echo re""ady\r')
    await shell.says(/ready\r\n/)
    for (const [typed, offered] of [
      ['latchkey ', /doctor +-- check the setup/],
      ['latchkey login --p', /--paste +-- paste the URL/],
      ['latchkey token --provider g', /github +gitlab +google/],
      ['latchkey completion ', /bash +fish +zsh/],
    ] as const) {
      shell.type(`${typed}\t\t`)
      await shell.says(offered)
      shell.type('\x15')
    }
    shell.type('exit\r')
    await shell.exitCode
  } finally {
    shell.process.kill()
    rmSync(folder, { recursive: true })
  }
})
