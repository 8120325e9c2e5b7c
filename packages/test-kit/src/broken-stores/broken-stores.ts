import type { BrokenStore } from './broken-store.ts'
import { brokenCapabilities } from './capabilities.ts'
import { brokenData } from './data.ts'
import { brokenLocks } from './locks.ts'
import { brokenSwaps } from './swaps.ts'

/** Stores with one mistake each. The contract must catch every one of them. */
export const brokenStores: readonly BrokenStore[] = [
  ...brokenSwaps,
  ...brokenData,
  ...brokenLocks,
  ...brokenCapabilities,
]
