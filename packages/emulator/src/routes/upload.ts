import { readForm } from '../form.ts'
import type { Exchange } from '../world.ts'

/** What somebody uploads. */
export interface Upload {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly title?: string | undefined
  readonly description?: string | undefined
}

/** Reads an upload: the field `image` of a form, as a file or in base64, or the raw body. Undefined when there is none. */
export async function readUpload(c: Exchange): Promise<Upload | undefined> {
  const isForm = /urlencoded|multipart/.test(c.req.header('content-type') ?? '')
  if (!isForm) {
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    return bytes.byteLength > 0 ? { bytes } : undefined
  }
  const { image, title, description } = await readForm(c)
  if (!image) return undefined
  const bytes = typeof image === 'string' ? fromBase64(image) : new Uint8Array(await image.arrayBuffer())
  return { bytes, title: textOf(title), description: textOf(description) }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** A plus sign that a client forgot to encode arrives as a space, and is a plus sign all the same. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', '+'), 'base64'))
}
