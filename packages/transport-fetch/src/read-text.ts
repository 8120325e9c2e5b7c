import type { Deadline } from './deadline.ts'

const MAX_BYTES = 1024 * 1024

/**
 * Reads a body as UTF-8, at most `mostBytes` of it as it is after decompression, and cancels the rest. It never
 * throws: of a body that ends early, by whatever cause, it returns what arrived.
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  deadline: Deadline,
  mostBytes: number = MAX_BYTES,
): Promise<{ text: string; truncated: boolean }> {
  if (!body) return { text: '', truncated: false }
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let room = mostBytes
  try {
    for (;;) {
      const { done, value } = await deadline.race(reader.read())
      if (done) return { text: text + decoder.decode(), truncated: false }
      text += decoder.decode(value.subarray(0, room), { stream: true })
      room -= value.length
      if (room < 0) break
    }
  } catch {
    // The connection broke or the deadline passed: what is in `text` may be all that is left of the answer.
  } finally {
    reader.cancel().catch(() => {}) // not awaited: the other end need not agree
  }
  // The decoder is not flushed here: it may hold half a character, which would come out as a false one.
  return { text, truncated: true }
}
