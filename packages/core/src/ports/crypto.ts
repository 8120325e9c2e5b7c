/** Where unguessable values come from. */
export interface Crypto {
  /** `length` bytes from a cryptographically secure source. */
  randomBytes(length: number): Uint8Array
}
