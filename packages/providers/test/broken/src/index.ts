// Presets with faults, for `check-provider.test.ts`.
export { endless } from './endless.ts'
export { own } from './own.ts'
export { wrong } from './wrong.ts'
