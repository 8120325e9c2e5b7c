import type { Switches } from '../options.ts'

/** The token response of a period. */
interface Era {
  /** `expires_in` in seconds. */
  readonly expires_in: number
  readonly token_type: string
  readonly hasScope: boolean
  readonly hasAccountId: boolean
}

/** Recorded: 1 hour until November 2015, then 28 days, 10 years since 2020. `docs` is the documented example. */
const ERAS: Readonly<Record<Switches['era'], Era>> = {
  '2014': { expires_in: 3600, token_type: 'bearer', hasScope: true, hasAccountId: false },
  '2016': { expires_in: 2_419_200, token_type: 'bearer', hasScope: true, hasAccountId: true },
  '2021': { expires_in: 315_360_000, token_type: 'bearer', hasScope: true, hasAccountId: true },
  docs: { expires_in: 3600, token_type: 'Bearer', hasScope: false, hasAccountId: false },
}

/** Returns the era that the switches select. */
export function eraOf(switches: Readonly<Switches>): Era {
  const era = ERAS[switches.era]
  return switches.expiresIn === 0 ? era : { ...era, expires_in: switches.expiresIn }
}

/** Returns the actual lifetime of an access token in ms. */
export function accessTokenLifetimeMs(switches: Readonly<Switches>): number {
  return switches.actualExpiryMs || eraOf(switches).expires_in * 1000
}
