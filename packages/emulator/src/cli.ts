import { parseArgs } from 'node:util'
import type { Switch, Switches } from './options.ts'
import { SWITCHES, SWITCH_NAMES } from './options.ts'
import type { ClientOptions } from './registry.ts'
import { DEFAULT_CLIENT } from './registry.ts'
import type { ScenarioName } from './scenarios.ts'
import { SCENARIOS } from './scenarios.ts'
import type { Emulator, EmulatorOptions } from './start.ts'

/** A parsed command line. */
export type Command =
  | { readonly type: 'print'; readonly text: string }
  | { readonly type: 'start'; readonly options: EmulatorOptions }

/**
 * Parses the command line of `latchkey-emulator`. Every switch is an option in kebab-case. The `--no-` form turns a
 * flag off.
 *
 * @throws {TypeError} when an option is unknown or has an invalid value; the message names it.
 */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      port: { type: 'string' },
      host: { type: 'string' },
      'client-id': { type: 'string' },
      'client-secret': { type: 'string' },
      'redirect-uri': { type: 'string' },
      scenario: { type: 'string' },
      scenarios: { type: 'boolean' },
      switches: { type: 'boolean' },
      ...Object.fromEntries(SWITCH_NAMES.map(name => [kebab(name), { type: optionType(name) }])),
    },
  })
  const given = values as Readonly<Record<string, string | boolean | undefined>>
  if (given.help) return { type: 'print', text: helpText() }
  if (given.switches) return { type: 'print', text: switchesText() }
  if (given.scenarios) return { type: 'print', text: scenariosText() }
  const switches = SWITCH_NAMES.map(name => [name, parseValue(name, given[kebab(name)])])
  const options: EmulatorOptions = Object.fromEntries(switches)
  return {
    type: 'start',
    options: {
      ...options,
      port: parseInteger('port', given.port),
      host: given.host as string | undefined,
      clients: parseClients(given),
      scenario: given.scenario as ScenarioName | undefined,
    },
  }
}

/** Returns the default client with the options given; `undefined` if there are none. */
function parseClients(
  given: Readonly<Record<string, string | boolean | undefined>>,
): ClientOptions[] | undefined {
  const names = ['client_id', 'client_secret', 'redirect_uri'] as const
  const clientOptions = names
    .map(name => [name, given[name.replace('_', '-')]])
    .filter(([, value]) => value !== undefined)
  return clientOptions.length > 0 ? [{ ...DEFAULT_CLIENT, ...Object.fromEntries(clientOptions) }] : undefined
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

const optionType = (name: keyof Switches): 'boolean' | 'string' =>
  typeof SWITCHES[name].default === 'boolean' ? 'boolean' : 'string'

function parseValue(name: keyof Switches, text: string | boolean | undefined): unknown {
  return typeof SWITCHES[name].default === 'number' ? parseInteger(kebab(name), text) : text
}

function parseInteger(name: string, text: string | boolean | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(String(text))) throw new TypeError(`--${name} must be a whole number, not "${text}"`)
  return Number(text)
}

/** Returns the text of `--help`. */
export function helpText(): string {
  return `Usage: npx @latchkey/emulator [options]

An Imgur authorization server on your own machine, to develop and test OAuth clients against.

  --port N            port to listen on (default: any free port)
  --host ADDRESS      address to listen on (default: 127.0.0.1)
  --redirect-uri URL  redirect URI of the client (default: https://imgur.com/)
  --client-id ID      client_id of the client
  --client-secret S   client_secret of the client
  --scenario NAME     start a scenario; --scenarios lists them
  --scenarios         list the scenarios
  --switches          explain the switches below
  -h, --help          show this help

Imgur's quirks, with their defaults (--no-FLAG turns a flag off):
${columns(SWITCH_NAMES.map(name => `--${kebab(name)} ${normalText(name)}`)).join('\n')}

Example: npx @latchkey/emulator --port 8080 --rotation strict --no-require-secret`
}

/** Returns the text of `--switches`: what each does, its values and its default. */
export function switchesText(): string {
  const texts = SWITCH_NAMES.map(name => {
    const { values, default: normal, summary, item } = SWITCHES[name] as Switch<unknown>
    const choice = values ? `${values.join(' | ')}; ` : ''
    return `--${kebab(name)} (${choice}default ${normal}; item ${item})\n    ${summary}`
  })
  return texts.join('\n')
}

/** Returns the text of `--scenarios`: what the server does in each, and what a client must do. */
export function scenariosText(): string {
  const texts = Object.entries(SCENARIOS).map(
    ([name, { server, client, failingPackages }]) =>
      `${name}\n    The server ${server}.\n    A client must ${client}.` +
      (failingPackages.length > 0 ? `\n    Known to fail: ${failingPackages.join(', ')}.` : ''),
  )
  return texts.join('\n')
}

/** Wraps the lines of a text at words, if it is wider than a terminal. Continued lines have the same indentation. */
export function wrap(text: string, columns: number = Infinity): string {
  return text
    .split('\n')
    .flatMap(line => (line.length > columns ? wrapLine(line, columns) : line))
    .join('\n')
}

function wrapLine(line: string, columns: number): string[] {
  const [indent] = /^ */.exec(line)!
  const lines: string[] = []
  for (const word of line.trimStart().split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : indent + word
    if (lines.length === 0 || longer.length > columns) lines.push(indent + word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

function normalText(name: keyof Switches): string {
  const { default: normal } = SWITCHES[name]
  return typeof normal === 'boolean' ? `(${normal ? 'on' : 'off'})` : String(normal)
}

const COLUMN_WIDTH = 40

/** Formats texts in two columns, the first column first. */
function columns(texts: readonly string[]): string[] {
  const height = Math.ceil(texts.length / 2)
  return texts
    .slice(0, height)
    .map((text, row) => `  ${text.padEnd(COLUMN_WIDTH)}${texts[row + height] ?? ''}`.trimEnd())
}

/** Returns the text that the program prints when it listens. */
export function banner({ url, client, user }: Emulator): string {
  return `Latchkey's Imgur emulator listens on ${url}

  client_id      ${client.client_id}
  client_secret  ${client.client_secret}
  redirect_uri   ${client.redirect_uri}
  user           ${user.account_username}
  password       ${user.password}

Open ${url} in a browser to see the requests and to control the server.
Press Ctrl+C to stop it.`
}
