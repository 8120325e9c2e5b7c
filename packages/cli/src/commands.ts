/** An option or an argument: how it is written, and what it does. */
type Described = readonly [flags: string, description: string]

export interface Command {
  readonly summary: string
  readonly argument?: Described
  readonly options?: readonly Described[]
  readonly example: string
  /** Its words are another program's, which reads them by itself. */
  readonly isForeign?: boolean
}

/** Every command of `latchkey`, in the order in which a person meets them. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  login: {
    summary: 'sign in, in your browser or with a code',
    argument: ['[provider]', 'imgur, github, google, ..., or the URL of an issuer'],
    options: [
      ['--port <n>', 'come back to this port of 127.0.0.1, not to any free one'],
      ['--pin', 'type a PIN that the provider shows (Imgur)'],
      ['--device', 'type a code on another device'],
      ['--paste', 'paste the address that the browser ends up at'],
      ['--scope <scope>', 'what to ask for, in the words of the provider'],
    ],
    example: 'latchkey login github',
  },
  token: {
    summary: 'print an access token that works now',
    example: 'curl -H "Authorization: Bearer $(latchkey token)" $URL',
  },
  accounts: {
    summary: 'list who is signed in',
    example: 'latchkey accounts --provider github',
  },
  whoami: {
    summary: 'ask the provider whose tokens these are',
    example: 'latchkey whoami --account work',
  },
  refresh: {
    summary: 'get new tokens now, although the old ones may work',
    example: 'latchkey refresh',
  },
  logout: {
    summary: 'forget the tokens, here and at the server where it can',
    example: 'latchkey logout --account work',
  },
  doctor: {
    summary: 'say what is stored, what works, and what to do',
    example: 'latchkey doctor',
  },
  emulator: {
    summary: 'run an Imgur of your own to try things with',
    options: [
      ['--port <n>', 'the port to listen on (any free one)'],
      ['--redirect-uri <uri>', 'where people are sent afterwards'],
      ['--scenario <name>', 'behave badly in one of the ways that --scenarios lists'],
      ['--scenarios', 'list the scenarios'],
      ['--switches', 'list everything else that can be set, and what it does'],
    ],
    example: 'latchkey emulator --port 8080 --redirect-uri http://127.0.0.1',
    isForeign: true,
  },
  completion: {
    summary: 'print a script that completes commands in your shell',
    argument: ['<shell>', 'bash, zsh or fish'],
    example: 'latchkey completion bash >> ~/.bashrc',
  },
}

/** What every command understands. */
export const COMMON_OPTIONS: readonly Described[] = [
  ['--provider <name>', 'whose tokens (imgur, unless configured)'],
  ['--account <name>', 'which account of several ("default")'],
  ['--store <folder>', 'where tokens are kept, or a redis: URL'],
  ['--json', 'answer in JSON, errors too'],
]
