/** The command line, the environment or the configuration file is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
  /** What the user can do. Default: to read the help of the command. */
  readonly hint: string | undefined

  constructor(message: string, { hint }: { readonly hint?: string } = {}) {
    super(message)
    this.hint = hint
  }
}
