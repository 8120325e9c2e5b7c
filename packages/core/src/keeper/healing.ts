import type { Flight } from './flight.ts'
import type { Instant } from './instant.ts'
import { remember } from './memory.ts'
import type { StoredRecord } from './record.ts'
import type { Healing } from './states.ts'
import { type Rules, swap, type To } from './steps.ts'

/** Has the store lost what this process remembers? Then it is written back. */
export function heal(
  rules: Rules,
  flight: Flight,
  stored: StoredRecord | undefined,
): To<Healing> | undefined {
  const { record: known } = flight.memory
  if (!known || !rules.mustHeal(flight.memory, stored?.record)) return undefined
  return swap('healing', flight, stored?.version, rules.healed(known, stored?.record), {
    type: 'store-healed',
    generation: known.generation,
    storedGeneration: stored?.record.generation ?? 0,
  })
}

/** Returns `flight` with the stored record remembered, as it is now. */
export function see(flight: Flight, stored: StoredRecord, at: Instant): Flight {
  const { record } = stored
  const firstGeneration = flight.firstGeneration ?? flight.memory.record?.generation ?? record.generation
  return { ...flight, firstGeneration, memory: remember(flight.memory, record, at) }
}
