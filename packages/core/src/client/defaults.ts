import { checkOptionNames } from '../util/check-type.ts'
import { type Limits, setLimits } from '../drive/limits.ts'
import type { Transport } from '../ports/transport.ts'
import type { Provider } from '../provider/provider.ts'

/** The defaults of clients. */
export interface Defaults {
  /** Sends requests to authorization servers: `import '@latchkey/transport-fetch/register'` sets it. */
  readonly transport?: Transport
  /** `imgur()` when there is none. */
  readonly provider?: Provider
  readonly limits?: Limits
}

/** Shared by all copies of this package in a program: a bundler may make several. */
const KEY = Symbol.for('@latchkey/defaults@1')
const shared = globalThis as { [KEY]?: Defaults }

/** Sets defaults for every client of this program; members that are not passed stay unchanged. */
export function setDefaults(changed: Defaults): void {
  checkOptionNames('setDefaults()', changed, ['transport', 'provider', 'limits'])
  if (changed.limits) setLimits(changed.limits)
  shared[KEY] = { ...shared[KEY], ...changed }
}

export function getDefaults(): Defaults {
  return shared[KEY] ?? {}
}
