import type { Faults } from './faults/faults.ts'
import type { Switches } from './options.ts'
import { checkedSwitches } from './options.ts'
import type { ScenarioName } from './scenarios.ts'
import { SCENARIOS, SCENARIO_NAMES } from './scenarios.ts'
import { argument, oneOf } from './validate.ts'

/** Steers a running emulator: what tests do through `startEmulator` and everybody else through the control endpoint. */
export interface Control {
  /** The values in force; they change while the emulator runs. */
  readonly switches: Readonly<Switches>
  readonly scenario: ScenarioName | undefined
  /** Changes switches. @throws {TypeError} naming a switch that is unknown or a value that it cannot take. */
  set(changes: Partial<Switches>): void
  /** Sets the switches back to how the emulator was started, disarms all faults, and sets up a scenario. @throws {TypeError} when there is none of that name. */
  play(name: ScenarioName): void
  /** Sets the switches back to how the emulator was started, and disarms all faults. */
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
    set: changes => void Object.assign(switches, checkedSwitches(changes)),
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
