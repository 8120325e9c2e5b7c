import {
  type Ability,
  type Begin,
  type CachedToken,
  type Check,
  type Exchange,
  type Keep,
  type Refresh,
} from '../contender.ts'

export const packages: readonly string[] = ['imgur']

const HAS_TOKENS = 'has no sign-in: it is given tokens'
const AT_IMGUR = 'asks api.imgur.com and no other host'

export const begin: Ability<Begin> = { cannot: HAS_TOKENS }
export const beginPkce: Ability<Begin> = { cannot: HAS_TOKENS }
export const check: Ability<Check> = { cannot: HAS_TOKENS }
export const exchange: Ability<Exchange> = { cannot: HAS_TOKENS }
export const refresh: Ability<Refresh> = { cannot: AT_IMGUR }
export const cachedToken: Ability<CachedToken> = {
  cannot: 'hands no token out: it puts the one it was given into its own requests, expired or not',
}
export const keep: Ability<Keep> = { cannot: AT_IMGUR }
