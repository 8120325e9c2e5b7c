/** A source of random values. */
export interface Crypto {
  /** Returns `length` bytes from a cryptographically secure source. */
  randomBytes(length: number): Uint8Array
}
