import { createInterface, type Interface } from 'node:readline'
import { LatchkeyError } from '@latchkey/core'
import { clean } from './clean.ts'
import { InterruptedError } from './interrupted-error.ts'

/** A prompt got no answer, because the input ended. */
export class NoAnswerError extends LatchkeyError {
  override readonly name = 'NoAnswerError'
  readonly code = 'no_answer'
}

interface PromptOptions {
  /** Hides the typed text. */
  readonly hidden?: boolean
  /** An input that ends before the answer is an empty answer. */
  readonly optional?: boolean
  readonly signal: AbortSignal
}

/**
 * Prompts the user at the terminal; without a terminal, reads the next line of the input.
 *
 * @throws {NoAnswerError} when the input ends before the answer, unless it is optional.
 * @throws the signal's reason when it is aborted.
 */
export async function prompt(
  message: string,
  { hidden = false, optional = false, signal }: PromptOptions,
): Promise<string> {
  signal.throwIfAborted()
  const question = `${clean(message)}:`
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    process.stderr.write(`${question} `)
    const line = await readLine(signal)
    if (line === undefined && !optional) throw new NoAnswerError('the input ended before the answer')
    return (line ?? '').trim()
  }
  const { default: ask } = hidden ? await import('@inquirer/password') : await import('@inquirer/input')
  const config = hidden ? { message: question, mask: true } : { message: question }
  try {
    return (await ask(config, { output: process.stderr, signal })).trim()
  } catch (error) {
    signal.throwIfAborted()
    // Here Ctrl+C arrives as a key, not as a signal.
    if ((error as Error).name === 'ExitPromptError') throw new InterruptedError('interrupted')
    throw error
  }
}

let lines: { readonly next: AsyncIterator<string>; readonly reader: Interface } | undefined

/** Resolves to `undefined` when the input has ended. */
async function readLine(signal: AbortSignal): Promise<string | undefined> {
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
  return done ? undefined : value
}

/** Closes the input, so that the program can end. */
export function closeInput(): void {
  lines?.reader.close()
  process.stdin.unref?.()
}
