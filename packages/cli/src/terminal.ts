// Output while a command runs. It goes to stderr, so that stdout contains only the result.
import { styleText } from 'node:util'
import spinner from 'yocto-spinner'

/** Styles text; `styleText` checks whether the stream is a terminal, and NO_COLOR. */
export function paint(
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stderr,
): string {
  return styleText(style, text, { stream })
}

export function printLine(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Shows `text` while `work` runs. */
export async function showProgress<T>(text: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) {
    printLine(`${text} ...`)
    return work
  }
  const progress = spinner({ text, stream: process.stderr, handleSignals: false }).start()
  try {
    return await work
  } finally {
    progress.stop()
  }
}
