// Completion scripts for each shell, generated from the table of commands.
import { type Command, COMMANDS, optionsOf } from './commands.ts'
import { PRESETS } from './providers.ts'
import { quoted } from './shell-word.ts'

interface Option {
  readonly name: string
  /** The kind of its value: `folder`, `name`, ...; `undefined` for a flag. */
  readonly value: string | undefined
  readonly description: string
}

const NAMES = Object.keys(COMMANDS)
const PROVIDERS = Object.keys(PRESETS)

function completedOptions(command: Command): readonly Option[] {
  return optionsOf(command).map(([flags, description]) => {
    const [, name = '', value] = /^(--[\w-]+)(?: <(.*)>)?$/.exec(flags) ?? []
    return { name, value, description }
  })
}

const ARGUMENTS: Readonly<Record<string, () => readonly string[]>> = {
  '[provider]': () => PROVIDERS,
  '[command]': () => NAMES,
  '[setting...]': () => ['keychain', 'on', 'off'],
  '[action...]': () => ['login', 'header', 'logout'],
  '[operation]': () => ['get', 'store', 'erase'],
  '<shell>': () => Object.keys(SHELLS),
}

/** Returns the possible values of a command's argument. */
function wordsFor({ argument }: Command): readonly string[] {
  return ARGUMENTS[argument?.[0] ?? '']?.() ?? []
}

function bash(): string {
  const cases = Object.entries(COMMANDS).map(([name, command]) => {
    const words = [...completedOptions(command).map(({ name }) => name), '--help', ...wordsFor(command)]
    return `    ${name}) words='${words.join(' ')}' ;;`
  })
  return `# latchkey completion bash >> ~/.bashrc
_latchkey() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  if [ "$COMP_CWORD" = 1 ]; then
    words='${NAMES.join(' ')} --help --version'
  else case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac; fi
  case $before in
    --provider) words='${PROVIDERS.join(' ')}' ;;
    --store) COMPREPLY=($(compgen -d -- "$current")); return ;;
    --account | --port | --scope | --env | --format) words= ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _latchkey latchkey`
}

function zsh(): string {
  const values: Readonly<Record<string, string>> = { folder: '_files -/', name: '' }
  const cases = Object.entries(COMMANDS).map(([name, command]) => {
    const options = completedOptions(command).map(({ name, value, description }) => {
      const text = `${name}[${description.replaceAll(/[[\]:]/g, '\\$&')}]`
      if (value === undefined) return quoted(text)
      return quoted(
        `${text}:${value}:${name === '--provider' ? `(${PROVIDERS.join(' ')})` : (values[value] ?? '')}`,
      )
    })
    const words = wordsFor(command)
    const argument = words.length > 0 ? [quoted(`1:what:(${words.join(' ')})`)] : []
    return `    ${name}) _arguments ${[...options, ...argument].join(' ')} ;;`
  })
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => quoted(`${name}:${summary}`))
  return `#compdef latchkey
# latchkey completion zsh > a folder of your fpath, as _latchkey
_latchkey() {
  local -a commands=(${commands.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _latchkey ]; then _latchkey "$@"; else compdef _latchkey latchkey; fi`
}

function fish(): string {
  const lines = Object.entries(COMMANDS).flatMap(([name, command]) => {
    const within = `complete -c latchkey -n '__fish_seen_subcommand_from ${name}'`
    const words = wordsFor(command)
    return [
      `complete -c latchkey -n __fish_use_subcommand -f -a ${name} -d ${quoted(command.summary)}`,
      ...completedOptions(command).map(({ name, value, description }) => {
        const takes =
          name === '--provider'
            ? ` -x -a '${PROVIDERS.join(' ')}'`
            : name === '--store'
              ? ' -r'
              : value
                ? ' -x'
                : ''
        return `${within} -l ${name.slice(2)}${takes} -d ${quoted(description)}`
      }),
      ...(words.length > 0 ? [`${within} -f -a '${words.join(' ')}'`] : []),
    ]
  })
  return ['# latchkey completion fish > ~/.config/fish/completions/latchkey.fish', ...lines].join('\n')
}

/** Returns the script, by shell. */
export const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish }
