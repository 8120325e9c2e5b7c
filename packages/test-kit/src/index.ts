export type { ContractCase } from './contract-case.ts'
export { type FakeClock, fakeClock } from './fake-clock.ts'
export { tokenStoreContract } from './token-store/token-store-contract.ts'
export type { Medium } from './token-store/medium.ts'
export { increment } from './token-store/racing.ts'
export { type BrokenStore } from './broken-stores/broken-store.ts'
export { brokenStores } from './broken-stores/broken-stores.ts'
export {
  type Fault,
  type PlannedFault,
  type FaultyMethod,
  type FaultyStore,
  faultyStore,
} from './faulty-store.ts'
export { type ScriptedResponse, type ScriptedTransport, scriptedTransport } from './scripted-transport.ts'
export { transportContract, type TransportSubject } from './transport/transport-contract.ts'
