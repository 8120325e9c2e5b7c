import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createApp } from './app.ts'
import type { Clock, ServerClock } from './clock.ts'
import { createClock } from './clock.ts'
import { createControl } from './control.ts'
import { registerDocumented } from './documented.ts'
import type { Faults } from './faults/faults.ts'
import { createFaults } from './faults/faults.ts'
import type { LedgerEntry } from './ledger.ts'
import { createLedger } from './ledger.ts'
import { exposureWarning } from './loopback.ts'
import type { Switches } from './options.ts'
import { checkedSwitches, defaultSwitches } from './options.ts'
import type { ClientOptions, RegisteredClient, User } from './registry.ts'
import { createRegistry } from './registry.ts'
import type { ScenarioName } from './scenarios.ts'
import { createCredits } from './state/credits.ts'
import { createOneTimeGrants } from './state/one-time.ts'
import { createPictures } from './state/pictures.ts'
import { createSignIns } from './state/sign-ins.ts'
import { createTokens } from './state/tokens.ts'
import { argument } from './validate.ts'
import type { World } from './world.ts'

/** How to start an emulator: every one of {@link Switches}, and these. */
export interface EmulatorOptions extends Partial<Switches> {
  /** The port to listen on; 0, the default, takes any that is free. */
  readonly port?: number | undefined
  /** The address to listen on; `127.0.0.1` by default, and anything else opens the emulator to others. */
  readonly host?: string | undefined
  readonly clients?: readonly ClientOptions[] | undefined
  readonly users?: readonly User[] | undefined
  /** What the server's clock goes by: Unix time in milliseconds; `Date.now` by default. */
  readonly now?: (() => number) | undefined
  /** What is told when others can reach the emulator; `process.emitWarning` by default. */
  readonly warn?: ((text: string) => void) | undefined
  /** A named scenario to begin with; switches given beside it win over its own. */
  readonly scenario?: ScenarioName | undefined
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** `http://HOST:PORT`, without a slash at its end. */
  readonly url: string
  /** The first registered client. */
  readonly client: RegisteredClient
  /** The first user. */
  readonly user: User
  /** Every request to the OAuth endpoints and the API in the order of arrival; it grows while the emulator runs. */
  readonly ledger: readonly LedgerEntry[]
  readonly clock: Clock
  /** The switches in force. */
  readonly switches: Readonly<Switches>
  /** Changes switches of the running emulator. @throws {TypeError} naming a switch that is unknown or a value it cannot take. */
  set(switches: Partial<Switches>): void
  /** Faults to strike requests to come. */
  readonly faults: Faults
  /** Sets the switches back to how the emulator was started, disarms all faults, and sets up a scenario. */
  play(scenario: ScenarioName): void
  /** Stops listening and cuts every connection. */
  close(): Promise<void>
}

/**
 * Starts an Imgur authorization server on loopback, its state in memory.
 *
 * @throws {TypeError} naming the option that is wrong.
 * @throws {Error} Node's own, with its `code`, when it cannot listen (`EADDRINUSE`).
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  argument(typeof options === 'object' && options !== null, 'options', 'an object')
  const { port = 0, host = '127.0.0.1', clients, users, now, scenario, ...rest } = options
  const { warn = text => process.emitWarning(text), ...settings } = rest
  argument(Number.isInteger(port) && port >= 0 && port <= 65_535, 'port', 'a whole number from 0 to 65535')
  argument(typeof host === 'string' && host !== '', 'host', 'an address or a host name')
  argument(now === undefined || typeof now === 'function', 'now', 'a function')
  argument(typeof warn === 'function', 'warn', 'a function')

  const switches = checkedSwitches(settings)
  const world = createWorld(createClock(now), switches, createRegistry(clients, users))
  if (scenario !== undefined) world.control.play(scenario)
  world.control.set(switches)
  const server = createAdaptorServer({
    fetch: createApp(world).fetch,
    hostname: host,
    overrideGlobalObjects: false,
  }) as Server
  await listen(server, port, host)
  const warning = exposureWarning(host)
  if (warning !== undefined) warn(warning)

  const close = () => {
    world.clock.stop()
    return closeServer(server)
  }
  return {
    url: urlOf(server.address() as AddressInfo),
    client: world.registry.clients.values().next().value!,
    user: world.registry.users.values().next().value!,
    ledger: world.ledger.entries,
    clock: world.clock,
    switches: world.switches,
    set: world.control.set,
    faults: world.faults,
    play: world.control.play,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function createWorld(clock: ServerClock, initial: Partial<Switches>, registry: World['registry']): World {
  const faults = createFaults()
  const control = createControl({ ...defaultSwitches(), ...initial }, faults)
  const { switches } = control
  const world: World = {
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
  registerDocumented(registry, world)
  return world
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

/** Resolves at once: connections that are idle or in the middle of an answer are cut. */
function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Where somebody on this machine reaches the server: one that listens on every address is on loopback too. */
function urlOf({ address, family, port }: AddressInfo): string {
  const reachable = LOOPBACK[address] ?? address
  return `http://${family === 'IPv6' ? `[${reachable}]` : reachable}:${port}`
}

const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
