import { parseArgs } from 'node:util'
import type { Switch, Switches } from './options.ts'
import { SWITCHES, SWITCH_NAMES } from './options.ts'
import type { ClientOptions } from './registry.ts'
import { DEFAULT_CLIENT } from './registry.ts'
import type { ScenarioName } from './scenarios.ts'
import { SCENARIOS } from './scenarios.ts'
import type { Emulator, EmulatorOptions } from './start.ts'

/** What the command line asks for. */
export type Command =
  | { readonly type: 'print'; readonly text: string }
  | { readonly type: 'start'; readonly options: EmulatorOptions }

/**
 * Reads the command line of `latchkey-emulator`: every switch of the table is an option in kebab-case, and a
 * flag is turned off by its `--no-` form.
 *
 * @throws {TypeError} naming the option that is unknown or has a wrong value.
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
  const switches = SWITCH_NAMES.map(name => [name, valueOf(name, given[kebab(name)])])
  const options: EmulatorOptions = Object.fromEntries(switches)
  return {
    type: 'start',
    options: {
      ...options,
      port: wholeNumber('port', given.port),
      host: given.host as string | undefined,
      clients: clientsOf(given),
      scenario: given.scenario as ScenarioName | undefined,
    },
  }
}

/** The default client, with what the command line says of it; `undefined` when it says nothing. */
function clientsOf(
  given: Readonly<Record<string, string | boolean | undefined>>,
): ClientOptions[] | undefined {
  const names = ['client_id', 'client_secret', 'redirect_uri'] as const
  const said = names
    .map(name => [name, given[name.replace('_', '-')]])
    .filter(([, value]) => value !== undefined)
  return said.length > 0 ? [{ ...DEFAULT_CLIENT, ...Object.fromEntries(said) }] : undefined
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

const optionType = (name: keyof Switches): 'boolean' | 'string' =>
  typeof SWITCHES[name].default === 'boolean' ? 'boolean' : 'string'

function valueOf(name: keyof Switches, text: string | boolean | undefined): unknown {
  return typeof SWITCHES[name].default === 'number' ? wholeNumber(kebab(name), text) : text
}

function wholeNumber(name: string, text: string | boolean | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(String(text))) throw new TypeError(`--${name} must be a whole number, not "${text}"`)
  return Number(text)
}

/** The text of `--help`. */
export function helpText(): string {
  return `Usage: npx @latchkey/emulator [options]

An Imgur authorization server on your own machine, to develop and test OAuth clients against.

  --port N            port to listen on (any free one)
  --host ADDRESS      address to listen on (127.0.0.1)
  --redirect-uri URL  where people are sent afterwards (https://imgur.com/)
  --client-id ID      the client's id, and
  --client-secret S   its secret, if they must be others than those printed
  --scenario NAME     behave badly in one of the ways that --scenarios lists
  --scenarios         list the scenarios
  --switches          explain the switches below
  -h, --help          this text

Imgur's quirks, with their defaults (--no-FLAG turns a flag off):
${columns(SWITCH_NAMES.map(name => `--${kebab(name)} ${normalText(name)}`)).join('\n')}

Example: npx @latchkey/emulator --port 8080 --rotation strict --no-require-secret`
}

/** The text of `--switches`: what each does and the values it takes. */
export function switchesText(): string {
  const texts = SWITCH_NAMES.map(name => {
    const { values, default: normal, summary, item } = SWITCHES[name] as Switch<unknown>
    const choice = values ? `${values.join(' | ')}; ` : ''
    return `--${kebab(name)} (${choice}default ${normal}; item ${item})\n    ${summary}`
  })
  return texts.join('\n')
}

/** The text of `--scenarios`: what the server does in each, and what a client has to do. */
export function scenariosText(): string {
  const texts = Object.entries(SCENARIOS).map(
    ([name, { server, client, trips }]) =>
      `${name}\n    The server ${server}.\n    A client has to ${client}.` +
      (trips.length > 0 ? `\n    Measured to fail: ${trips.join(', ')}.` : ''),
  )
  return texts.join('\n')
}

function normalText(name: keyof Switches): string {
  const { default: normal } = SWITCHES[name]
  return typeof normal === 'boolean' ? `(${normal ? 'on' : 'off'})` : String(normal)
}

const COLUMN_WIDTH = 40

/** Lays texts out in two columns, down the first and then down the second. */
function columns(texts: readonly string[]): string[] {
  const height = Math.ceil(texts.length / 2)
  return texts
    .slice(0, height)
    .map((text, row) => `  ${text.padEnd(COLUMN_WIDTH)}${texts[row + height] ?? ''}`.trimEnd())
}

/** What the program prints when it listens: everything that a client needs to be told. */
export function banner({ url, client, user }: Emulator): string {
  return `Latchkey's Imgur emulator listens on ${url}

  client_id      ${client.client_id}
  client_secret  ${client.client_secret}
  redirect_uri   ${client.redirect_uri}
  user           ${user.account_username}
  password       ${user.password}

Open ${url} in a browser to see what the server sees, and to steer it.
Press Ctrl+C to stop it.`
}
