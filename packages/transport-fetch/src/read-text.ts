import type { Deadline } from './deadline.ts'

const MAX_BYTES = 1024 * 1024

/**
 * Reads a body as UTF-8, at most `maxBytes` after decompression, and cancels the rest. Never throws: if a body ends
 * early, for any reason, it returns the part that arrived.
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  deadline: Deadline,
  maxBytes: number = MAX_BYTES,
): Promise<{ text: string; truncated: boolean }> {
  if (!body) return { text: '', truncated: false }
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let remaining = maxBytes
  try {
    for (;;) {
      const { done, value } = await deadline.race(reader.read())
      if (done) return { text: text + decoder.decode(), truncated: false }
      text += decoder.decode(value.subarray(0, remaining), { stream: true })
      remaining -= value.length
      if (remaining < 0) break
    }
  } catch {
    // The connection broke or the deadline passed: `text` may be all there is of the response.
  } finally {
    reader.cancel().catch(() => {}) // not awaited: it may never settle
  }
  // Does not flush the decoder: half a character would become U+FFFD.
  return { text, truncated: true }
}
