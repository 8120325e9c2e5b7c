import { checkOptionNames } from '../util/check-type.ts'
import { type Limits, setLimits } from '../drive/limits.ts'
import { sharedByCopies } from '../platform.ts'
import type { Transport } from '../ports/transport.ts'
import type { Provider } from '../provider/provider.ts'

/** The defaults of clients. */
export interface Defaults {
  /** Sends requests to authorization servers: `import '@latchkey/transport-fetch/register'` sets it. */
  readonly transport?: Transport
  /** `imgur()` when there is none. */
  readonly provider?: Provider
  /** How much of the process's work runs at once. It applies to clients that exist already, too. */
  readonly limits?: Limits
}

const defaults = sharedByCopies<Defaults>('defaults', () => ({}))

/** Sets defaults for every client of this program; members that are not passed stay unchanged. */
export function setDefaults(changed: Defaults): void {
  checkOptionNames('setDefaults()', changed, ['transport', 'provider', 'limits'])
  if (changed.limits) setLimits(changed.limits)
  Object.assign(defaults, changed)
}

export function getDefaults(): Defaults {
  return defaults
}
