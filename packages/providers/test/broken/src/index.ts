// Presets with faults, for `check-provider.test.ts`.
export { wrong } from './wrong.ts'
