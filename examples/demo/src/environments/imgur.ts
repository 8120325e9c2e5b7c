import { createInterface } from 'node:readline/promises'
import { Client } from '@latchkey/core'
import type { Environment } from './environment.ts'

const QUESTIONS = {
  redirect: 'Open that page, press Allow, and paste the final address: ',
  pin: 'Open that page, press Allow, and type the PIN from the page: ',
}

/** Imgur itself, with a real user at this terminal. */
export function imgurEnvironment(client_id: string, client_secret: string | undefined): Environment {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // The iterator keeps lines between two questions and reports the end of input.
  const lines = terminal[Symbol.asyncIterator]()
  return {
    name: 'Imgur',
    apiUrl: 'https://api.imgur.com',
    newClient: () => new Client({ client_id, client_secret: client_secret ?? null }),
    async *authorize(_, kind) {
      for (;;) {
        process.stdout.write(`  ${QUESTIONS[kind]}`)
        const { value, done } = await lines.next()
        if (done) throw new Error('the input ended before the user answered')
        yield { input: value }
      }
    },
    async [Symbol.asyncDispose]() {
      terminal.close()
    },
  }
}
