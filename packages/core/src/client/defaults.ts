import { checkOptionNames } from '../util/check-type.ts'
import type { Transport } from '../ports/transport.ts'
import type { Provider } from '../provider/provider.ts'

/** What clients use that were not given their own. */
export interface Defaults {
  /** How authorization servers are reached: `import '@latchkey/transport-fetch/register'` sets it. */
  readonly transport?: Transport
  /** `imgur()` where there is none. */
  readonly provider?: Provider
}

let defaults: Defaults = {}

/** Sets defaults for every client of this program; what is not named stays as it was. */
export function setDefaults(changed: Defaults): void {
  checkOptionNames('setDefaults()', changed, ['transport', 'provider'])
  defaults = { ...defaults, ...changed }
}

/** The defaults as they are now. */
export function getDefaults(): Defaults {
  return defaults
}
