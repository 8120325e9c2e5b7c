// Reads and checks the options of a provider, and writes the hints about them.
import { commandLine, helpHint, type OptionValues, programName } from './command-line.ts'
import { optionsOf } from './preset-options.ts'
import { type Settings, variableOf } from './settings.ts'
import { UsageError } from './usage-error.ts'

/**
 * Parses the words of `--option`, such as `shop=example`. The value of a flag becomes a boolean.
 *
 * @throws {UsageError} when a word is not `name=value`.
 */
export function parseOptions(preset: string, words: readonly string[]): OptionValues {
  const { needs, takes } = optionsOf(preset)
  const examples = new Map(Object.entries({ ...needs, ...takes }))
  const entries = words.map(word => {
    const at = word.indexOf('=')
    if (at < 1)
      throw new UsageError(`--option must be name=value, got '${word}'`, {
        hint: withHelp(`For example: ${programName()} login shopify --option shop=example`),
      })
    const [name, value] = [word.slice(0, at), word.slice(at + 1)]
    const isFlag = typeof examples.get(name) === 'boolean' && /^(true|false)$/.test(value)
    return [name, isFlag ? value === 'true' : value] as const
  })
  return Object.fromEntries(entries)
}

/**
 * Checks that the options of a provider are those of its preset, which is `undefined` if it has none.
 *
 * @throws {UsageError} when an option is unknown, missing or of the wrong type.
 */
export function checkOptions(settings: Settings, preset: string | undefined): void {
  const { provider, entry } = settings
  const { needs, takes } = optionsOf(preset ?? '')
  const examples = new Map(Object.entries({ ...needs, ...takes }))
  const options = new Map(Object.entries(entry.options ?? {}))
  for (const name of options.keys()) if (!examples.has(name)) throw unknownOption(settings, name, examples)
  for (const [name, value] of options) {
    const example = examples.get(name)!
    if (typeof value === typeof example && value !== '') continue
    const what = typeof example === 'boolean' ? 'true or false' : `a string, such as ${example}`
    throw invalidOption(settings, name, `${name} must be ${what}, got ${JSON.stringify(value)}`)
  }
  const missing = Object.keys(needs).filter(name => !options.has(name))
  if (missing.length === 0) return
  const names = missing.map(name => `'${name}'`).join(' and ')
  throw new UsageError(
    `the provider '${provider}' needs the option${missing.length > 1 ? 's' : ''} ${names}`,
    { hint: withHelp(loginWithExamples(settings, missing)) },
  )
}

function unknownOption(settings: Settings, name: string, known: ReadonlyMap<string, unknown>): UsageError {
  const { provider, file } = settings
  const variable = variableThatSets(settings, name)
  if (variable)
    return new UsageError(`the provider '${provider}' has no option '${name}', which ${variable} sets`, {
      hint: `Unset ${variable}.`,
    })
  const problem =
    known.size > 0
      ? `has no option '${name}': use ${[...known.keys()].join(', ')}`
      : `takes no options, got '${name}'`
  return new UsageError(`the provider '${provider}' ${problem}`, {
    hint: withHelp(`Correct it on the command line or in ${file}.`),
  })
}

/** Returns the error of an option whose value is invalid, with a command that sets it. */
export function invalidOption(settings: Settings, name: string, message: string): UsageError {
  const variable = variableThatSets(settings, name)
  return new UsageError(`the provider '${settings.provider}': ${message}`, {
    hint: variable ? `Correct ${variable}.` : withHelp(loginWithExamples(settings, [name])),
  })
}

/** Returns the command to sign in with an example of each option in `names`, and with the
 * other options of the settings. */
export function loginWithExamples(settings: Settings, names: readonly string[]): string {
  const { preset = settings.provider, options = {} } = settings.entry
  const { needs, takes } = optionsOf(preset)
  const shown = Object.entries({ ...needs, ...takes }).flatMap(([name, example]) =>
    names.includes(name) ? [[name, example]] : Object.hasOwn(options, name) ? [[name, options[name]]] : [],
  )
  const values = Object.fromEntries(shown) as OptionValues
  return `Run, with your own ${names.join(' and ')}: ${commandLine('login', settings, settings, values)}`
}

const withHelp = (hint: string): readonly string[] => [hint, helpHint('login')]

/** Returns the variable that sets an option, if one does. */
function variableThatSets({ provider, entry }: Settings, option: string): string | undefined {
  const variable = variableOf(provider, 'URL')
  const value = process.env[variable]
  return option === 'baseUrl' && value && entry.options?.[option] === value ? variable : undefined
}
