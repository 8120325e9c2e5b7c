import type { Faults } from './faults/faults.ts'
import type { Switches } from './options.ts'
import { parseSwitches } from './options.ts'
import type { ScenarioName } from './scenarios.ts'
import { SCENARIOS, SCENARIO_NAMES } from './scenarios.ts'
import { argument, oneOf } from './validate.ts'

/** Controls a running emulator, for `startEmulator` and for the control endpoint. */
export interface Control {
  /** The current values. They change while the emulator runs. */
  readonly switches: Readonly<Switches>
  readonly scenario: ScenarioName | undefined
  /** Changes switches. @throws {TypeError} when a switch is unknown or a value is invalid. */
  set(changes: Partial<Switches>): void
  /** Resets the emulator and starts a scenario. @throws {TypeError} when the name is unknown. */
  play(name: ScenarioName): void
  /** Resets the switches to their values at start, and removes all faults. */
  reset(): void
}

export function createControl(initial: Switches, faults: Faults): Control {
  const switches = { ...initial }
  let scenario: ScenarioName | undefined
  const reset = (): void => {
    Object.assign(switches, initial)
    faults.clear()
    scenario = undefined
  }
  return {
    switches,
    get scenario() {
      return scenario
    },
    set: changes => void Object.assign(switches, parseSwitches(changes)),
    play(name) {
      argument(SCENARIO_NAMES.includes(name), 'scenario', oneOf(SCENARIO_NAMES))
      reset()
      Object.assign(switches, SCENARIOS[name].switches)
      for (const fault of SCENARIOS[name].faults ?? []) faults.add(fault)
      scenario = name
    },
    reset,
  }
}
