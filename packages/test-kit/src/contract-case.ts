/**
 * One case of a contract, as data: any test runner, or a page without one, can run it.
 * `run` rejects with an `Error` that says what is wrong.
 */
export interface ContractCase {
  /** A sentence that says what must hold. */
  readonly name: string
  /** What the subject must have for this case to apply. */
  readonly needs?: readonly string[]
  /** Why this case does not apply to this subject, where it does not: to be printed, not to be hidden. */
  readonly skip?: string
  run(): Promise<void>
}
