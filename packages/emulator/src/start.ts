import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createApp } from './app.ts'
import type { Clock, ServerClock } from './clock.ts'
import { createClock } from './clock.ts'
import { createControl } from './control.ts'
import { registerDocumentedExamples } from './documented-examples.ts'
import type { Faults } from './faults/faults.ts'
import { createFaults } from './faults/faults.ts'
import type { LedgerEntry } from './ledger.ts'
import { createLedger } from './ledger.ts'
import { exposureWarning } from './loopback.ts'
import type { Switches } from './options.ts'
import { parseSwitches, defaultSwitches } from './options.ts'
import type { ClientOptions, RegisteredClient, User } from './registry.ts'
import { createRegistry } from './registry.ts'
import type { ScenarioName } from './scenarios.ts'
import { createCredits } from './state/credits.ts'
import { createOneTimeGrants } from './state/one-time.ts'
import { createPictures } from './state/pictures.ts'
import { createSignIns } from './state/sign-ins.ts'
import { createTokens } from './state/tokens.ts'
import { argument } from './validate.ts'
import type { ServerContext } from './server-context.ts'

/** Options of `startEmulator`: all {@link Switches}, and these. */
export interface EmulatorOptions extends Partial<Switches> {
  /** The port to listen on. Default 0, any free port. */
  readonly port?: number | undefined
  /** The address to listen on. Default `127.0.0.1`; other machines can reach any non-loopback address. */
  readonly host?: string | undefined
  /** The registered clients. Default: the one of the examples in Imgur's documentation. */
  readonly clients?: readonly ClientOptions[] | undefined
  /** The users who can sign in. Default: one. */
  readonly users?: readonly User[] | undefined
  /** Returns the Unix time in ms for the server's clock. Default `Date.now`. */
  readonly now?: (() => number) | undefined
  /** Receives a warning if other machines can reach the emulator. Default `process.emitWarning`. */
  readonly warn?: ((text: string) => void) | undefined
  /** The scenario to start with. Switches in the options override its own. */
  readonly scenario?: ScenarioName | undefined
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** `http://HOST:PORT`, without a trailing slash. */
  readonly url: string
  /** The first registered client. */
  readonly client: RegisteredClient
  /** The first user. */
  readonly user: User
  /** Every request to the OAuth endpoints and the API, in the order of arrival. It grows while the emulator runs. */
  readonly ledger: readonly LedgerEntry[]
  /** The server's clock, which tests can move. */
  readonly clock: Clock
  /** The current switches. */
  readonly switches: Readonly<Switches>
  /** Changes switches. @throws {TypeError} when a switch is unknown or a value is invalid. */
  set(switches: Partial<Switches>): void
  /** The faults that apply to later requests. */
  readonly faults: Faults
  /** Resets the switches to their values at start, removes all faults, and starts a scenario. */
  play(scenario: ScenarioName): void
  /** Stops listening and closes every connection. */
  close(): Promise<void>
}

/**
 * Starts an Imgur authorization server on loopback with its state in memory.
 *
 * @throws {TypeError} when an option is invalid; the message names it.
 * @throws {Error} Node's error with its `code` when it cannot listen (`EADDRINUSE`).
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  argument(typeof options === 'object' && options !== null, 'options', 'an object')
  const { port = 0, host = '127.0.0.1', clients, users, now, scenario, ...rest } = options
  const { warn = text => process.emitWarning(text), ...settings } = rest
  argument(Number.isInteger(port) && port >= 0 && port <= 65_535, 'port', 'a whole number from 0 to 65535')
  argument(typeof host === 'string' && host !== '', 'host', 'an address or a host name')
  argument(now === undefined || typeof now === 'function', 'now', 'a function')
  argument(typeof warn === 'function', 'warn', 'a function')

  const switches = parseSwitches(settings)
  const context = createWorld(createClock(now), switches, createRegistry(clients, users))
  if (scenario !== undefined) context.control.play(scenario)
  context.control.set(switches)
  const server = createAdaptorServer({
    fetch: createApp(context).fetch,
    hostname: host,
    overrideGlobalObjects: false,
  }) as Server
  await listen(server, port, host)
  const warning = exposureWarning(host)
  if (warning !== undefined) warn(warning)

  const close = () => {
    context.clock.stop()
    return closeServer(server)
  }
  return {
    url: urlOf(server.address() as AddressInfo),
    client: context.registry.clients.values().next().value!,
    user: context.registry.users.values().next().value!,
    ledger: context.ledger.entries,
    clock: context.clock,
    switches: context.switches,
    set: context.control.set,
    faults: context.faults,
    play: context.control.play,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function createWorld(
  clock: ServerClock,
  initial: Partial<Switches>,
  registry: ServerContext['registry'],
): ServerContext {
  const faults = createFaults()
  const control = createControl({ ...defaultSwitches(), ...initial }, faults)
  const { switches } = control
  const context: ServerContext = {
    clock,
    control,
    switches,
    registry,
    ledger: createLedger(clock),
    faults,
    codes: createOneTimeGrants(),
    pins: createOneTimeGrants(),
    tokens: createTokens(clock, switches),
    signIns: createSignIns(),
    credits: createCredits(clock, switches),
    pictures: createPictures(),
  }
  registerDocumentedExamples(registry, context)
  return context
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Closes the server and all connections, including idle ones and those with a pending response. */
function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Returns the URL for programs on this machine. A server on all addresses is reachable on loopback. */
function urlOf({ address, family, port }: AddressInfo): string {
  const reachable = LOOPBACK[address] ?? address
  return `http://${family === 'IPv6' ? `[${reachable}]` : reachable}:${port}`
}

const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
