import { platform } from '../platform.ts'

/** RFC 4648 section 5, without padding. */
export function base64url(bytes: Uint8Array): string {
  return platform
    .btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The bytes that `base64url` makes `text` of; `undefined` where there are none. */
export function fromBase64url(text: string): Uint8Array | undefined {
  try {
    const binary = platform.atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, character => character.charCodeAt(0))
    return base64url(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}
