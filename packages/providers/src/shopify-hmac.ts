import { type ClientCredentials, type RedirectParameters, sameText, sha256 } from '@latchkey/core/provider'

const BLOCK_BYTES = 64

/**
 * Returns whether a redirect of Shopify has a valid `hmac`: the HMAC-SHA256 in hex of its other parameters, sorted, with the
 * client secret as the key.
 */
export function hasValidHmac(
  { hmac = '', ...others }: RedirectParameters,
  { client_secret }: ClientCredentials,
): boolean {
  const message = Object.entries(others)
    .map(([name, value]) => `${escaped(name).replaceAll('=', '%3D')}=${escaped(value)}`)
    .sort()
    .join('&')
  return sameText(hmac, hex(hmacSha256(bytes(client_secret ?? ''), bytes(message))))
}

const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('&', '%26')
const hex = (digest: Uint8Array): string =>
  [...digest].map(byte => byte.toString(16).padStart(2, '0')).join('')

/** Returns the UTF-8 bytes of `text`. */
function bytes(text: string): Uint8Array {
  const characters = encodeURIComponent(text).replace(/%(..)/g, (_, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  )
  return Uint8Array.from(characters, character => character.charCodeAt(0))
}

/** RFC 2104. */
function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES)
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key)
  const inner = sha256(
    joined(
      block.map(byte => byte ^ 0x36),
      message,
    ),
  )
  return sha256(
    joined(
      block.map(byte => byte ^ 0x5c),
      inner,
    ),
  )
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
