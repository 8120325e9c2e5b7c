/** The command line, the environment or the configuration file says something that cannot be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
}
