import { randomHex } from '../random.ts'
import { formatOf } from './picture-formats.ts'

/** An uploaded picture. */
export interface Picture {
  readonly id: string
  readonly deletehash: string
  readonly type: string
  readonly extension: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The most recent uploaded pictures, in memory. */
export interface Pictures {
  /** Stores a picture; `undefined` if the format is unknown. */
  add(bytes: Uint8Array<ArrayBuffer>): Picture | undefined
  get(id: string): Picture | undefined
}

const MAX_PICTURES = 50

export function createPictures(): Pictures {
  const pictures = new Map<string, Picture>()
  return {
    add(bytes) {
      const format = formatOf(bytes)
      if (!format) return undefined
      const picture = { id: randomHex(7), deletehash: randomHex(15), bytes, ...format }
      pictures.set(picture.id, picture)
      if (pictures.size > MAX_PICTURES) pictures.delete(pictures.keys().next().value!)
      return picture
    },
    get: id => pictures.get(id),
  }
}
