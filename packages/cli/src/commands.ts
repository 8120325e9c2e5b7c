/** The help of an option or argument. */
type HelpEntry = readonly [flags: string, description: string]

export interface Command {
  readonly summary: string
  readonly argument?: HelpEntry
  readonly options?: readonly HelpEntry[]
  readonly example: string
  /** Which of `COMMON_OPTIONS` it has. Default: all. */
  readonly common?: readonly string[]
  /** Passes its arguments to another program. */
  readonly isPassedThrough?: boolean
}

/** Every command of `latchkey`, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  login: {
    summary: 'sign in, in your browser or with a code',
    argument: ['[provider]', 'imgur, github, google, ..., or the URL of an issuer'],
    options: [
      ['--port <n>', 'redirect to this port, not to any free one'],
      ['--pin', 'type the PIN that the provider shows (Imgur)'],
      ['--device', 'type a code on another device'],
      ['--paste', 'paste the URL that the browser is redirected to'],
      ['--with-token', 'read tokens from the input: JSON, or an access token'],
      ['--yes', 'do not ask whether to replace a sign-in'],
      ['--scope <scope>', "the scope to request, in the provider's syntax"],
      ['--option <name=value...>', 'what the provider needs, such as shop=example'],
    ],
    example: 'latchkey login github',
  },
  token: {
    summary: 'print a valid access token',
    argument: ['[operation]', 'with --format=git: get, store or erase'],
    options: [['--format <format>', 'header, json, kubectl (ExecCredential) or git (credential helper)']],
    example: 'latchkey token --format=header | curl -H @- $URL',
  },
  exec: {
    summary: 'run a program with a token in its environment',
    argument: ['[program...]', 'after --: the program and its arguments, without a shell'],
    options: [['--env <name>', 'the environment variable of the token']],
    example: 'latchkey exec --env GH_TOKEN -- gh repo list',
  },
  status: {
    summary: 'print whether the account is signed in',
    example: 'latchkey status || latchkey login',
  },
  switch: {
    summary: 'save the provider and account to use by default',
    argument: ['[provider]', 'imgur, github, google, ..., or the URL of an issuer'],
    example: 'latchkey switch github --account work',
  },
  config: {
    summary: 'encrypt the tokens with a key in the keychain, or not',
    argument: ['[setting...]', 'keychain on, keychain off, or keychain to print it'],
    options: [['--new-key', 'create another key, if the keychain lost the first']],
    example: 'latchkey config keychain on',
    common: ['--store', '--json'],
  },
  accounts: {
    summary: 'list the accounts that are signed in',
    example: 'latchkey accounts --provider github',
    common: ['--provider', '--store', '--json'],
  },
  whoami: {
    summary: 'print the user that the tokens belong to',
    example: 'latchkey whoami --account work',
  },
  refresh: {
    summary: 'obtain new tokens now, even if the old ones are valid',
    example: 'latchkey refresh',
  },
  logout: {
    summary: 'delete the tokens, and revoke them if the server can',
    options: [['--local', 'delete them here alone, even if they cannot be read']],
    example: 'latchkey logout --account work',
  },
  doctor: {
    summary: 'check the setup and the tokens, and show what to do',
    example: 'latchkey doctor',
  },
  mcp: {
    summary: 'sign in to an MCP server, or print its header',
    argument: ['[action...]', 'login, header or logout, and the URL of the server'],
    options: [
      ['--port <n>', 'redirect to this port, not to any free one'],
      ['--paste', 'paste the URL that the browser is redirected to'],
      ['--scope <scope>', "the scope to request (default: the server's)"],
    ],
    example: 'latchkey mcp header $URL | curl -H @- $URL',
  },
  emulator: {
    summary: 'run a local emulator of Imgur',
    options: [
      ['--port <n>', 'the port to listen on (any free one)'],
      ['--redirect-uri <uri>', 'where users are redirected after sign-in'],
      ['--scenario <name>', 'simulate one of the faults that --scenarios lists'],
      ['--scenarios', 'list the scenarios'],
      ['--switches', 'list all other settings, and what they do'],
    ],
    example: 'latchkey emulator --port 8080 --redirect-uri http://127.0.0.1',
    common: [],
    isPassedThrough: true,
  },
  completion: {
    summary: 'print a completion script for your shell',
    argument: ['<shell>', 'bash, zsh or fish'],
    example: 'latchkey completion bash >> ~/.bashrc',
    common: [],
  },
  help: {
    summary: 'print the help of a command',
    argument: ['[command]', 'the command'],
    example: 'latchkey help login',
    common: [],
  },
}

/** Returns the options of a command. */
export function optionsOf({ options = [], common }: Command): readonly HelpEntry[] {
  const isCommon = ([flags]: HelpEntry): boolean => common?.includes(flags.split(' ')[0]!) ?? true
  return [...options, ...COMMON_OPTIONS.filter(isCommon)]
}

/** The options of most commands. */
const COMMON_OPTIONS: readonly HelpEntry[] = [
  ['--provider <name>', 'the provider (default: imgur, unless configured)'],
  ['--account <name>', 'the name of the account (default: "default")'],
  ['--store <folder>', 'the folder of the tokens, or a redis: URL'],
  ['--json', 'print the result or error as JSON'],
]
