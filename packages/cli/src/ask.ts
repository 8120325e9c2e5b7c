import { createInterface, type Interface } from 'node:readline'
import { LatchkeyError } from '@latchkey/core'
import { InterruptedError } from './interrupted-error.ts'

/** Nobody answered a question: the input had ended, or ended meanwhile. */
export class NoAnswerError extends LatchkeyError {
  override readonly name = 'NoAnswerError'
  readonly code = 'no_answer'
}

interface Question {
  /** It is not shown while it is typed. */
  readonly hidden?: boolean
  readonly signal: AbortSignal
}

/**
 * Asks the person at the terminal; without one, the next line of the input is the answer.
 *
 * @throws {NoAnswerError} when the input ends before the answer.
 * @throws the signal's reason when that aborts.
 */
export async function ask(message: string, { hidden = false, signal }: Question): Promise<string> {
  signal.throwIfAborted()
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    process.stderr.write(`${message}: `)
    return (await nextLine(signal)).trim()
  }
  const { default: prompt } = hidden ? await import('@inquirer/password') : await import('@inquirer/input')
  const config = hidden ? { message: `${message}:`, mask: true } : { message: `${message}:` }
  try {
    return (await prompt(config, { output: process.stderr, signal })).trim()
  } catch (error) {
    signal.throwIfAborted()
    // Ctrl+C comes as a key here, not as a signal.
    if ((error as Error).name === 'ExitPromptError') throw new InterruptedError('interrupted')
    throw error
  }
}

let lines: { readonly next: AsyncIterator<string>; readonly reader: Interface } | undefined

async function nextLine(signal: AbortSignal): Promise<string> {
  if (!lines) {
    const reader = createInterface({ input: process.stdin })
    lines = { reader, next: reader[Symbol.asyncIterator]() }
  }
  const { reader, next } = lines
  const close = (): void => reader.close()
  signal.addEventListener('abort', close, { once: true })
  const { done, value } = await next.next()
  signal.removeEventListener('abort', close)
  signal.throwIfAborted()
  if (done) throw new NoAnswerError('the input ended before the answer')
  return value
}

/** Asks nothing any more, so that the program can end. */
export function stopAsking(): void {
  lines?.reader.close()
  process.stdin.unref?.()
}
