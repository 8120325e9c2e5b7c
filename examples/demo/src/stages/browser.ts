import { EventEmitter, on, once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Client, imgur, type Tokens } from '@latchkey/core'
import { startEmulator } from '@latchkey/emulator'
import { startReceiver } from '@latchkey/receivers/node'
import { openPage } from '../open-page.ts'
import { say } from '../say.ts'
import type { Brought, Stage } from './stage.ts'

const QUESTIONS = {
  redirect: 'Waiting for your browser to come back; or paste the address it ends up at.',
  pin: 'Type the PIN you are shown, and Enter.',
}

const A_DAY_MS = 86_400_000

/** The emulator, and whoever sits in front of this machine, with a browser of their own. */
export async function browserStage(): Promise<Stage> {
  const person = new EventEmitter()
  const receiver = await startReceiver({ program: 'the demo' })
  const { redirect_uri } = receiver
  const emulator = await startEmulator({ clients: [{ redirect_uri }], authorizeErrors: 'pages' })
  const { client_id, client_secret } = emulator.client
  const { account_username, password } = emulator.user

  const terminal = createInterface({ input: process.stdin })
  terminal.on('line', line => person.emit('brings', { input: line } satisfies Brought))
  const ended = once(terminal, 'close').then((): never => {
    throw new Error('the input ended before the answer')
  })
  ended.catch(() => {}) // Only who asks for a PIN minds.

  return {
    name: `the emulator at ${emulator.url}; open that too and watch what the server sees`,
    apiUrl: emulator.url,
    newClient: () =>
      new Client({
        client_id,
        client_secret,
        provider: imgur({ baseUrl: emulator.url }),
        requireState: true,
      }),
    async *visit(url, wanted) {
      const brought = on(person, 'brings')
      const gone = new AbortController()
      const state = new URL(url).searchParams.get('state')!
      const comesBack = (input: string): Promise<Tokens> =>
        new Promise(became => person.emit('brings', { input, became } satisfies Brought))
      const receive = (): void =>
        void receiver
          .receive({ state, authorize: comesBack }, { signal: gone.signal, timeoutMs: A_DAY_MS })
          .catch(() => {}) // Whoever asked for the tokens hears of it.
      receive()
      try {
        const isOpen = await openPage(url)
        say.step(isOpen ? 'It opens in your browser.' : 'Open that page in your browser.')
        say.step(`Sign in as ${account_username} with the password ${password}; press Allow, or Deny.`)
        for (;;) {
          say.step(QUESTIONS[wanted])
          const { value } = await Promise.race([brought.next(), ...(wanted === 'pin' ? [ended] : [])])
          const [one] = value as [Brought]
          yield one
          if (one.became) receive()
        }
      } finally {
        gone.abort()
        await brought.return!()
      }
    },
    async [Symbol.asyncDispose]() {
      terminal.close()
      await receiver[Symbol.asyncDispose]()
      await emulator.close()
    },
  }
}
