export type { Clock } from './clock.ts'
export type { CannedResponse, ResponseName } from './faults/responses.ts'
export { RESPONSES } from './faults/responses.ts'
export type { ArmedFault, Faults } from './faults/faults.ts'
export type {
  CompleteFault,
  Fault,
  FaultKind,
  FaultParameters,
  FaultTarget,
  FaultTiming,
} from './faults/kinds.ts'
export { FAULT_KINDS } from './faults/kinds.ts'
export type { RetryAfter } from './faults/retry-after.ts'
export type { ShapeName } from './faults/token-shapes.ts'
export { TOKEN_SHAPES } from './faults/token-shapes.ts'
export type { Endpoint, LedgerEntry, Outcome } from './ledger.ts'
export type { RotationName, Switch, Switches } from './options.ts'
export { SWITCHES } from './options.ts'
export type { SimulatedUser } from './simulated-user.ts'
export { simulateUser } from './simulated-user.ts'
export type { ClientOptions, RegisteredClient, User } from './registry.ts'
export type { Scenario, ScenarioName } from './scenarios.ts'
export { SCENARIOS } from './scenarios.ts'
export type { Setting } from './settings.ts'
export type { Emulator, EmulatorOptions } from './start.ts'
export { startEmulator } from './start.ts'
export type * from './fixture/fixture.ts'
export {
  factsOf,
  type FixtureServer,
  type FixtureServerOptions,
  startFixtureServer,
} from './fixture/server.ts'
