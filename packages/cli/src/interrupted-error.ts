/** The user pressed Ctrl+C, or the program got SIGTERM. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  readonly code = 'interrupted'
}
