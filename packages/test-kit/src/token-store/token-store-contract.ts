import type { ContractCase } from '../contract-case.ts'
import { capabilities, closing } from './capabilities.ts'
import { expiring, expiringKeys } from './expiring.ts'
import { confirming, failing, failingKeys } from './failing.ts'
import { anyKey, listing } from './keys.ts'
import { locking } from './locking.ts'
import { type Capability, isMet, type Medium, type Need, NEEDS } from './medium.ts'
import { racing } from './racing.ts'
import { perform, type StoreCase } from './scene.ts'
import { swapping } from './swapping.ts'
import { values } from './values.ts'
import { watching, watchingAndClosing } from './watching.ts'

/** `cases`, none of which applies without `needs`. */
const group = <C extends Capability = never>(needs: readonly C[], cases: readonly StoreCase<C>[]) => ({
  needs,
  cases: cases as readonly StoreCase<never>[],
})

const GROUPS: readonly { needs: readonly Need[]; cases: readonly StoreCase[] }[] = [
  group([], [...capabilities, ...swapping, ...racing, ...values, ...anyKey, ...expiring, ...failing]),
  group(['keys'], [...listing, ...expiringKeys, ...failingKeys]),
  group(['locks'], locking),
  group(['confirm'], confirming),
  group(['watch'], watching),
  group(['close'], closing),
  group(['watch', 'close'], watchingAndClosing),
]

/**
 * What every `TokenStore` must do, as cases for any runner. Each case runs on a new, empty medium from
 * `newMedium`, with two instances over it.
 *
 * One medium is opened at once, to see what the store can do: what it cannot do is not asked of it, and the
 * cases that fall away say so in `skip`.
 */
export async function tokenStoreContract(
  newMedium: () => Medium | Promise<Medium>,
): Promise<readonly ContractCase[]> {
  const unmet = new Set<Need>()
  let seen = false
  const sample = await newMedium()
  await perform(sample, async ({ store }) => {
    for (const need of Object.keys(NEEDS) as Need[]) if (!isMet(need, store, sample)) unmet.add(need)
    seen = true
  }).catch(error => {
    if (!seen) throw error // what is wrong with closing the cases say
  })

  return GROUPS.flatMap(group =>
    group.cases.map(({ name, needs: further = [], run }): ContractCase => {
      const needs = [...group.needs, ...further]
      const why = needs.filter(need => unmet.has(need)).map(need => NEEDS[need])
      return {
        name,
        ...(needs.length > 0 && { needs }),
        ...(why.length > 0 && { skip: why.join(', ') }),
        run: async () => perform(await newMedium(), run),
      }
    }),
  )
}
