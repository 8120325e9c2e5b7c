import type { Client, Tokens } from '@latchkey/core'

/** What a person is sent for. */
export type Wanted = 'redirect' | 'pin'

/** What a person brings back from the authorization server. */
export interface Brought {
  readonly input: string
  /** Shows the person what became of it, where they can be shown. */
  became?(tokens: Promise<Tokens>): void
}

/** Where the demo plays: the server, and the person in front of it. */
export interface Stage extends AsyncDisposable {
  readonly name: string
  readonly apiUrl: string
  newClient(): Client
  /** Sends the person to `url`; yields what they bring from there, as often as they try. */
  visit(url: string, wanted: Wanted): AsyncIterable<Brought>
}
