/** A picture format, detected by its first bytes. */
export interface Format {
  readonly type: string
  readonly extension: string
}

const FORMATS: readonly (Format & { readonly magic: RegExp })[] = [
  { type: 'image/png', extension: 'png', magic: /^\x89PNG\r\n\x1a\n/ },
  { type: 'image/jpeg', extension: 'jpg', magic: /^\xff\xd8\xff/ },
  { type: 'image/gif', extension: 'gif', magic: /^GIF8[79]a/ },
  { type: 'image/webp', extension: 'webp', magic: /^RIFF.{4}WEBP/s },
]

/** Returns the format of a picture; `undefined` if Imgur does not accept it. */
export function formatOf(bytes: Uint8Array): Format | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 12))
  const found = FORMATS.find(({ magic }) => magic.test(head))
  return found && { type: found.type, extension: found.extension }
}
