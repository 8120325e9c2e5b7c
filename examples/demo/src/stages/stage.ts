import type { Client } from '@latchkey/core'

/** What a person brings back from the authorization server. */
export type Wanted = 'redirect' | 'pin'

/** Where the demo plays: the server, and the person in front of it. */
export interface Stage extends AsyncDisposable {
  readonly name: string
  readonly apiUrl: string
  newClient(): Client
  /** Sends the person to `url`; yields what they bring from there, as often as they try. */
  visit(url: string, wanted: Wanted): AsyncIterable<string>
}
