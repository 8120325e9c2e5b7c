/** Receives warnings, as `console` does. No warning contains a secret. */
export interface Logger {
  /** Receives one warning, in one line. */
  warn(message: string): void
}
