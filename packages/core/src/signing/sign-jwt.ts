import { platform, type SubtleCrypto } from '../platform.ts'
import { base64url } from '../util/base64url.ts'
import { SigningError } from './authenticate.ts'

/** A key and its algorithm (RFC 7518 section 3.1). */
export interface JwtSigner {
  readonly alg: string
  sign(data: Uint8Array): Promise<ArrayBuffer>
}

/** Returns a signed JWT in compact form (RFC 7515 section 7.1). Members that are undefined are left out. */
export async function signJwt({ alg, sign }: JwtSigner, header: object, payload: object): Promise<string> {
  const encoder = new platform.TextEncoder()
  const input = [{ alg, ...header }, payload]
    .map(part => base64url(encoder.encode(JSON.stringify(part))))
    .join('.')
  return `${input}.${base64url(new Uint8Array(await sign(encoder.encode(input))))}`
}

/** Returns Web Crypto. @throws {SigningError} when the runtime has none. */
export function webCrypto(): SubtleCrypto {
  const { subtle } = platform.crypto
  if (!subtle) throw new SigningError('needs Web Crypto: load the page over https')
  return subtle
}
