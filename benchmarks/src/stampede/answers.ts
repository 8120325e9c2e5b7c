import type { Kept } from '../contender.ts'

/** What the callers of a process or tab got, and what it holds then. */
export interface Answer {
  readonly tokens: readonly string[]
  readonly failures: readonly string[]
}

/** So many callers ask at once. */
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
