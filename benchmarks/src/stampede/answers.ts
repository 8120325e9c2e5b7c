import type { Kept } from '../contender.ts'

/** The tokens and errors that the callers of a process or tab got. */
export interface Answer {
  readonly tokens: readonly string[]
  readonly failures: readonly string[]
}

/** Requests an access token for each of `callers` at the same time. */
export async function ask(kept: Kept, callers: number): Promise<Answer> {
  const ends = await Promise.allSettled(Array.from({ length: callers }, async () => kept.accessToken()))
  return {
    tokens: ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : [])),
    failures: ends.flatMap(end => (end.status === 'rejected' ? [wordsOf(end.reason)] : [])),
  }
}

function wordsOf(reason: unknown): string {
  const { code, message } = reason as { code?: string; message?: string }
  return String(code ?? message ?? reason)
}
