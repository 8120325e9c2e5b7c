/** Receives warnings, as `console` does. No warning contains a secret. */
export interface Logger {
  warn(message: string): void
}
