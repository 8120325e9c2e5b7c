/** A pair of `CryptoKey`s of any runtime. */
export interface DpopKeyPair {
  /** Not extractable, with the usage `sign`; for ECDSA with P-256. */
  readonly privateKey: object
  /** Extractable, so that proofs can contain it (RFC 9449 section 4.2). */
  readonly publicKey: object
}

/**
 * Where private keys are stored that cannot be exported, by their thumbprint (RFC 7638); `@latchkey/storage-browser` has
 * one. All processes that share the tokens must share it: an account whose key is missing must sign in again.
 */
export interface DpopKeys {
  /** Resolves to the pair with this thumbprint; `undefined`: there is none, and the user must sign in again. */
  get(jkt: string): Promise<DpopKeyPair | undefined>
  /** Resolves when the pair lasts. */
  set(jkt: string, pair: DpopKeyPair): Promise<void>
  /** Removes a pair, if there is one. A failure is ignored. */
  delete(jkt: string): Promise<void>
}
