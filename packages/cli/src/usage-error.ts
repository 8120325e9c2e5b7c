/** The command line, the environment or the configuration file is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
  /** What the user can do, in lines. Default: to read the help of the command. */
  readonly hint: readonly string[] | undefined

  constructor(message: string, { hint }: { readonly hint?: string | readonly string[] } = {}) {
    super(message)
    this.hint = typeof hint === 'string' ? [hint] : hint
  }
}
