import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { ServerClock } from './clock.ts'
import type { Control } from './control.ts'
import type { ServerFaults } from './faults/faults.ts'
import type { Ledger, Notes } from './ledger.ts'
import type { Switches } from './options.ts'
import type { Registry, User } from './registry.ts'
import type { Credits } from './state/credits.ts'
import type { OneTimeGrants } from './state/one-time.ts'
import type { Pictures } from './state/pictures.ts'
import type { SignIns } from './state/sign-ins.ts'
import type { Tokens } from './state/tokens.ts'

/** Everything the routes work on: one emulator's memory. */
export interface World {
  readonly clock: ServerClock
  /** The values in force; they change while the emulator runs. */
  readonly switches: Readonly<Switches>
  readonly registry: Registry
  readonly control: Control
  readonly ledger: Ledger
  readonly faults: ServerFaults
  readonly codes: OneTimeGrants
  readonly pins: OneTimeGrants
  readonly tokens: Tokens
  readonly signIns: SignIns
  readonly credits: Credits
  readonly pictures: Pictures
}

/** Who calls the API: a client by itself, or with somebody's access token. */
export interface Caller {
  readonly client_id: string
  readonly user: User | undefined
}

/** What a request carries through the routes. */
export interface Env {
  /** Node's own request and response. */
  Bindings: HttpBindings
  Variables: {
    /** Notes in the ledger what became of the request; set by `endpoint`. */
    note: (notes: Notes) => void
    /** Set by `apiAccess`. */
    caller: Caller
  }
}

/** A request in the hands of a route. */
export type Exchange = Context<Env>
