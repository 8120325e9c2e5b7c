/**
 * One case of a contract, as data, for any test runner or for a page without one.
 * `run` rejects with an `Error` that describes the violation.
 */
export interface ContractCase {
  /** The rule that must hold. */
  readonly name: string
  /** What the subject must provide for this case to apply. */
  readonly needs?: readonly string[]
  /** The reason why this case does not apply to this subject, if so. Print it. */
  readonly skip?: string
  /** Rejects with an `Error` that says what the subject violates. */
  run(): Promise<void>
}
