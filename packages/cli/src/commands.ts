import type { Context, Result } from './context.ts'

/** An option or an argument: how it is written, and what it does. */
type Described = readonly [flags: string, description: string]

export interface Command {
  readonly summary: string
  readonly argument?: Described
  readonly options?: readonly Described[]
  readonly example: string
  /** Its module, which is loaded only when it is wanted. */
  load(): Promise<{ readonly run: (context: Context) => Promise<Result> }>
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
    load: () => import('./commands/login.ts'),
  },
  token: {
    summary: 'print an access token that works now',
    example: 'curl -H "Authorization: Bearer $(latchkey token)" https://api.imgur.com/3/account/me',
    load: () => import('./commands/token.ts'),
  },
}

/** What every command understands. */
export const COMMON_OPTIONS: readonly Described[] = [
  ['--provider <name>', 'whose tokens (imgur, unless configured)'],
  ['--account <name>', 'which account of several ("default")'],
  ['--store <folder>', 'where tokens are kept, or a redis: URL'],
  ['--json', 'answer in JSON, errors too'],
]
