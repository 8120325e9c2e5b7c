import { createInterface } from 'node:readline/promises'
import { Client } from '@latchkey/core'
import type { Stage } from './stage.ts'

const QUESTIONS = {
  redirect: 'Open that page, press Allow, and paste the address you end up at: ',
  pin: 'Open that page, press Allow, and type the PIN you are shown: ',
}

/** Imgur itself, and whoever sits at this terminal. */
export function imgurStage(client_id: string, client_secret: string | undefined): Stage {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // Lines are taken from an iterator, so that none is lost between two questions and the end of input is seen.
  const lines = terminal[Symbol.asyncIterator]()
  return {
    name: 'Imgur',
    apiUrl: 'https://api.imgur.com',
    newClient: () => new Client({ client_id, client_secret: client_secret ?? null }),
    async *visit(_, wanted) {
      for (;;) {
        process.stdout.write(`  ${QUESTIONS[wanted]}`)
        const { value, done } = await lines.next()
        if (done) throw new Error('the input ended before the answer')
        yield { input: value }
      }
    },
    async [Symbol.asyncDispose]() {
      terminal.close()
    },
  }
}
