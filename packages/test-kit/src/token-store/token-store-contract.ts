import type { ContractCase } from '../contract-case.ts'
import { capabilities, closing } from './capabilities.ts'
import { expiring, expiringKeys } from './expiring.ts'
import { confirming, failing, failingKeys } from './failing.ts'
import { anyKey, listing } from './keys.ts'
import { locking } from './locking.ts'
import { type Capability, isMet, type Medium, type Need, NEEDS } from './medium.ts'
import { racing } from './racing.ts'
import { runStoreCase, type StoreCase } from './store-case.ts'
import { swapping } from './swapping.ts'
import { values } from './values.ts'
import { watching, watchingAndClosing } from './watching.ts'

/** Groups cases that all require `needs`. */
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
 * Returns the rules for every `TokenStore` as cases for any test runner. Each case runs on a new, empty medium from
 * `newMedium`, with two instances over it.
 *
 * It opens one medium immediately to detect capabilities. Cases that need an absent one have a reason in `skip`.
 */
export async function tokenStoreContract(
  newMedium: () => Medium | Promise<Medium>,
): Promise<readonly ContractCase[]> {
  const unmet = new Set<Need>()
  let isInspected = false
  const sample = await newMedium()
  await runStoreCase(sample, async ({ store }) => {
    for (const need of Object.keys(NEEDS) as Need[]) if (!isMet(need, store, sample)) unmet.add(need)
    isInspected = true
  }).catch(error => {
    if (!isInspected) throw error // the cases report a failing close
  })

  return GROUPS.flatMap(group =>
    group.cases.map(({ name, needs: further = [], run }): ContractCase => {
      const needs = [...group.needs, ...further]
      const why = needs.filter(need => unmet.has(need)).map(need => NEEDS[need])
      return {
        name,
        ...(needs.length > 0 && { needs }),
        ...(why.length > 0 && { skip: why.join(', ') }),
        run: async () => runStoreCase(await newMedium(), run),
      }
    }),
  )
}
