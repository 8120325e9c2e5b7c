// What a person sees while a command runs. All of it goes to stderr, so that stdout holds the answer alone.
import { styleText } from 'node:util'
import spinner from 'yocto-spinner'

/** Colour only where a person looks: `styleText` asks the stream, and NO_COLOR, whether it is wanted. */
export function paint(
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stderr,
): string {
  return styleText(style, text, { stream })
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Shows that `work` is being waited for, until it is over. */
export async function waitingFor<T>(text: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) {
    say(`${text} ...`)
    return work
  }
  const shown = spinner({ text, stream: process.stderr, handleSignals: false }).start()
  try {
    return await work
  } finally {
    shown.stop()
  }
}
