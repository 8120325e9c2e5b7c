/** A pair of `CryptoKey`s of any runtime. */
export interface DpopKeyPair {
  readonly privateKey: object
  readonly publicKey: object
}

/**
 * Where private keys are stored that cannot be exported, by their thumbprint (RFC 7638); `@latchkey/storage-browser` has
 * one. All processes that share the tokens must share it: an account whose key is missing must sign in again.
 */
export interface DpopKeys {
  get(jkt: string): Promise<DpopKeyPair | undefined>
  /** Resolves when the pair lasts. */
  set(jkt: string, pair: DpopKeyPair): Promise<void>
  delete(jkt: string): Promise<void>
}
