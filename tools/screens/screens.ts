// The screens of the command line: what a user types, and what is typed at prompts.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Emulator, simulateUser, startEmulator } from '../../packages/emulator/src/index.ts'
import { COMMANDS } from '../../packages/cli/src/commands.ts'
import { type Home, makeHome, type Run, start } from '../../packages/cli/test/support.ts'
import type { Screen } from './terminal.ts'

interface Step {
  readonly words: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Acts as the user while it runs. */
  readonly act?: (run: Run, user: User) => Promise<unknown>
  /** Where the picture is taken, if the program would go on. */
  readonly until?: RegExp
}

interface User {
  readonly home: Home
  readonly allow: (url: string) => Promise<string>
  readonly deny: (url: string) => Promise<string>
}

const signIn: Step['act'] = async (run, { allow }) => fetch(await allow(await addressIn(run)))
const addressIn = (run: Run): Promise<string> => run.says(/(http\S+\/oauth2\/authorize\S+)/)
const NO_CLIENT = { IMGUR_CLIENT_ID: '', IMGUR_CLIENT_SECRET: '' }
const LOST = '{"access_token":"a1b2c3","refresh_token":"unknown","expires_in":0,"account_username":"rmp135"}'

/** In this order: a sign-in changes what the next ones print. */
const STEPS: readonly Step[] = [
  { words: [] },
  ...Object.keys(COMMANDS).map((name): Step => ({ words: ['help', name] })),
  { words: ['--version'] },
  { words: ['tokens'] },
  { words: ['login', '--prot', '80'] },
  { words: ['login', 'nobody'] },
  { words: ['login', 'localhost:4400'] },
  { words: ['login', 'shopify'] },
  { words: ['login', 'github', '--option', 'x=y'] },
  { words: ['token'] },
  { words: ['token'], env: NO_CLIENT },
  { words: ['status'] },
  { words: ['accounts'] },
  { words: ['doctor'] },
  { words: ['doctor'], env: { ...NO_CLIENT, IMGUR_URL: 'http://127.0.0.1:1' } },
  { words: ['login'], env: NO_CLIENT, until: /client_id|client id/i },
  { words: ['login'], until: /Waiting/ },
  { words: ['login'], act: async (run, { deny }) => fetch(await deny(await addressIn(run))) },
  { words: ['login'], env: { BROWSER: '/bin/false' }, until: /Waiting/ },
  { words: ['login'], env: { IMGUR_CLIENT_ID: 'wrong' }, until: /Waiting/ },
  {
    words: ['login', '--paste'],
    act: async run => {
      await run.says(/URL:/)
      run.type('http://127.0.0.1/callback?code=0123&state=other\r')
    },
    until: /another sign-in/,
  },
  {
    words: ['login', '--pin'],
    act: async run => {
      await run.says(/PIN:/)
      run.type('nonsense\r')
    },
    until: /nonsense[^]*HTTP 400/,
  },
  { words: ['login', '--device'] },
  { words: ['login'], act: signIn },
  { words: ['login'], until: /\?/ },
  { words: ['status'] },
  { words: ['accounts'] },
  { words: ['whoami'] },
  { words: ['refresh'] },
  { words: ['token', '--format=header'] },
  { words: ['token', '--format=git', 'get'], act: async run => run.type('\x04') },
  { words: ['token', '--format=xml'] },
  { words: ['token', '--json'] },
  { words: ['exec', 'ls'] },
  { words: ['exec', '--env', 'TOKEN', '--', 'no-such-program'] },
  { words: ['switch'] },
  { words: ['switch', 'imgur', '--account', 'work'] },
  { words: ['status'] },
  { words: ['switch', 'imgur'] },
  { words: ['doctor'] },
  { words: ['config'] },
  { words: ['config', 'keychain'] },
  { words: ['config', 'keychain', 'on'] },
  { words: ['completion', 'tcsh'] },
  { words: ['emulator', '--scenarios'] },
  { words: ['emulator', '--port', 'x'] },
  { words: ['emulator'], until: /password|listens/ },
  { words: ['token'], env: { LATCHKEY_STORE: '/proc/nowhere' } },
  { words: ['token'], env: { LATCHKEY_CONFIG: '/dev/null' } },
  { words: ['token', '--store', 'redis://me:secret@localhost'] },
  {
    words: ['login', '--with-token', '--account', 'lost'],
    act: async run => {
      run.type(`${LOST}\r\x04\x04`)
    },
  },
  { words: ['token', '--account', 'lost'] },
  { words: ['status', '--account', 'lost'] },
  { words: ['doctor', '--account', 'lost'] },
  { words: ['logout', '--account', 'lost'] },
  { words: ['logout'] },
  { words: ['status'] },
  { words: ['doctor'] },
]

/** Runs every step at a terminal of so many columns. */
export async function runScreens(columns: number): Promise<readonly Screen[]> {
  const emulator = await startEmulator({ clients: [{ redirect_uri: 'http://127.0.0.1' }] })
  const home = makeHome(emulator)
  mkdirSync(join(home.path, 'config/latchkey'), { recursive: true })
  writeFileSync(join(home.path, 'config/latchkey/config.json'), '{}', { mode: 0o600 })
  try {
    const screens: Screen[] = []
    for (const step of STEPS) screens.push(await runStep(step, { emulator, home, columns }))
    return screens
  } finally {
    await emulator.close()
    home.remove()
  }
}

async function runStep(
  { words, env = {}, act, until }: Step,
  { emulator, home, columns }: { readonly emulator: Emulator; readonly home: Home; readonly columns: number },
): Promise<Screen> {
  const title = ['$', ...Object.keys(env).map(name => `${name}=...`), 'latchkey', ...words].join(' ')
  const run = start(words, { env: { ...home.env, FORCE_COLOR: '1', ...env }, terminal: columns })
  const { account_username: username, password } = emulator.user
  await act?.(run, { home, ...simulateUser({ username, password }) })
  if (until) {
    await run.says(until).catch(() => undefined)
    await new Promise(resolve => setTimeout(resolve, 300)) // the rest of the screen
    run.process.kill()
  }
  await run.exitCode
  return { title, output: run.stdout.replaceAll(home.path, '/home/me') }
}
