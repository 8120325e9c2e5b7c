// Output for users. While a command runs it goes to stderr, so that stdout contains only the result.
import { styleText } from 'node:util'
import { Help } from 'commander'
import spinner from 'yocto-spinner'
import { clean } from './clean.ts'

type Style = Parameters<typeof styleText>[0]

/** A part of a line, with a style or without one. */
export type Part = string | { readonly style: Style; readonly text: string }

/** One line of output. Its texts may come from outside: they are cleaned when the line is printed. */
export type Line = string | readonly Part[]

/** A command that users paste: after a colon or an arrow, until the end of the line. */
const COMMAND = /(?<=: |-> )(?:npx @latchkey\/cli|latchkey|chmod) /

export const paint = (style: Style, text: string): Part => ({ style, text })

/** Prints lines to stderr, at once: a progress line may be rewritten between two writes. */
export function printLine(...lines: readonly Line[]): void {
  process.stderr.write(lines.map(line => `${formatLine(line, process.stderr)}\n`).join(''))
}

/** Returns a clean line. At a terminal it has its styles (unless NO_COLOR is set), and is wrapped. */
export function formatLine(line: Line, stream: NodeJS.WriteStream): string {
  const parts = typeof line === 'string' ? [line] : line
  const texts = parts.map(part =>
    typeof part === 'string' ? clean(part) : styleText(part.style, clean(part.text), { stream }),
  )
  return stream.isTTY ? wrap(texts.join(''), stream.columns) : texts.join('')
}

/** Wraps a line at words. A command stays in one piece, so that it can be pasted. */
export function wrap(text: string, columns: number): string {
  const help = new Help()
  if (help.displayWidth(text) <= columns) return text
  const at = text.search(COMMAND)
  if (at < 0) return help.boxWrap(text, columns)
  return `${help.boxWrap(text.slice(0, at).trimEnd(), columns)}\n${text.slice(at)}`
}

/** Shows `text` while `work` runs. */
export async function showProgress<T>(text: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) {
    printLine(`${text} ...`)
    return work
  }
  const progress = spinner({ text: clean(text), stream: process.stderr, handleSignals: false }).start()
  try {
    return await work
  } finally {
    progress.stop()
  }
}
