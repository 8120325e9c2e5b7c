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

/** The state of one emulator, which the routes use. */
export interface ServerContext {
  readonly clock: ServerClock
  /** The current values. They change while the emulator runs. */
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

/** The caller of the API: a client without or with a user's access token. */
export interface Caller {
  readonly client_id: string
  readonly user: User | undefined
}

/** The types of Hono's context. */
export interface Env {
  /** Node's own request and response. */
  Bindings: HttpBindings
  Variables: {
    /** Adds notes to the request's ledger entry. Set by `endpoint`. */
    note: (notes: Notes) => void
    /** Set by `apiAccess`. */
    caller: Caller
  }
}

/** Hono's context of one request. */
export type HonoContext = Context<Env>
