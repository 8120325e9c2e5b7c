import { EventEmitter, on, once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Client, imgur, type Tokens } from '@latchkey/core'
import { startEmulator } from '@latchkey/emulator'
import { startReceiver } from '@latchkey/receivers/node'
import { openInBrowser } from '../open-in-browser.ts'
import { print } from '../print.ts'
import type { Environment, UserInput } from './environment.ts'

const QUESTIONS = {
  redirect: 'Waiting for the redirect in your browser; or paste the final address here.',
  pin: 'Type the PIN from the page, and press Enter.',
}

const A_DAY_MS = 86_400_000

/** The emulator, with a real user and browser on this machine. */
export async function browserEnvironment(): Promise<Environment> {
  const inputs = new EventEmitter()
  const receiver = await startReceiver({ program: 'the demo' })
  const { redirect_uri } = receiver
  const emulator = await startEmulator({ clients: [{ redirect_uri }], authorizeErrors: 'pages' })
  const { client_id, client_secret } = emulator.client
  const { account_username, password } = emulator.user

  const terminal = createInterface({ input: process.stdin })
  terminal.on('line', line => inputs.emit('input', { input: line } satisfies UserInput))
  const ended = once(terminal, 'close').then((): never => {
    throw new Error('the input ended before the PIN')
  })
  ended.catch(() => {}) // Only relevant while waiting for a PIN.

  return {
    name: `the emulator at ${emulator.url}; open it to watch the requests`,
    apiUrl: emulator.url,
    newClient: () =>
      new Client({
        client_id,
        client_secret,
        provider: imgur({ baseUrl: emulator.url }),
        requireState: true,
      }),
    async *authorize(url, kind) {
      const events = on(inputs, 'input')
      const abort = new AbortController()
      const state = new URL(url).searchParams.get('state')!
      const onRedirect = (input: string): Promise<Tokens> =>
        new Promise(onResult => inputs.emit('input', { input, onResult } satisfies UserInput))
      const receive = (): void =>
        void receiver
          .receive({ state, authorize: onRedirect }, { signal: abort.signal, timeoutMs: A_DAY_MS })
          .catch(() => {}) // The flow reports the error.
      receive()
      try {
        const isOpen = await openInBrowser(url)
        print.step(isOpen ? 'It opens in your browser.' : 'Open that page in your browser.')
        print.step(`Sign in as ${account_username} with the password ${password}; press Allow, or Deny.`)
        for (;;) {
          print.step(QUESTIONS[kind])
          const { value } = await Promise.race([events.next(), ...(kind === 'pin' ? [ended] : [])])
          const [userInput] = value as [UserInput]
          yield userInput
          if (userInput.onResult) receive()
        }
      } finally {
        abort.abort()
        await events.return!()
      }
    },
    async [Symbol.asyncDispose]() {
      terminal.close()
      await receiver[Symbol.asyncDispose]()
      await emulator.close()
    },
  }
}
