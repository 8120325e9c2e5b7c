/**
 * Returns 64 bits of `text` as 16 hexadecimal digits (FNV-1a from two offsets), to recognize a repeated secret without
 * storing it. It is not a cryptographic hash: it distinguishes secrets, but proves nothing.
 */
export function fingerprint(text: string): string {
  return [0x811c9dc5, 0x01000193].map(offset => hash(text, offset).toString(16).padStart(8, '0')).join('')
}

function hash(text: string, offset: number): number {
  let value = offset
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193)
  return value >>> 0
}
