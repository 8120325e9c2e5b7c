/** Where warnings go; `console` is one. What it is given never holds a secret. */
export interface Logger {
  warn(message: string): void
}
