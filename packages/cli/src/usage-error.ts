/** The command line, the environment or the configuration file is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
}
