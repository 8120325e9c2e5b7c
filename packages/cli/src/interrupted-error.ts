/** The person pressed Ctrl+C, or somebody ended the program. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  readonly code = 'interrupted'
}
