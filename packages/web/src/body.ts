import { NotAllowedError } from './errors.ts'

/** Far more than any form of the routes has. */
const MAX_BYTES = 65_536

/**
 * Returns the body of a request as text.
 *
 * @throws {NotAllowedError} when it has more than 64 kB, of which no more is read.
 */
export async function textOf({ body }: Request): Promise<string> {
  const reader = body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let left = MAX_BYTES
  for (let part = await reader?.read(); part?.value; part = await reader!.read()) {
    left -= part.value.length
    if (left < 0) {
      reader!.cancel().catch(() => {})
      throw new NotAllowedError(413)
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}
