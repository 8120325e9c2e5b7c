import type { Client, Tokens } from '@latchkey/core'

/** The input that a flow needs from the user. */
export type InputKind = 'redirect' | 'pin'

/** Input from the user, after authorization. */
export interface UserInput {
  readonly input: string
  /** Shows the result to the user, if possible. */
  onResult?(tokens: Promise<Tokens>): void
}

/** The server and the user of the demo. */
export interface Environment extends AsyncDisposable {
  readonly name: string
  readonly apiUrl: string
  newClient(): Client
  /** Sends the user to `url`. Yields the input of every attempt. */
  authorize(url: string, kind: InputKind): AsyncIterable<UserInput>
}
