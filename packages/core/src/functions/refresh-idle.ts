import type { ClientContext } from '../client/context.ts'
import { type AuthorizationError, LatchkeyError } from '../errors.ts'
import type { TokenRecord } from '../keeper/record.ts'
import type { AbortSignalLike } from '../ports/transport.ts'
import { checkOptionNames } from '../util/check-type.ts'

/** Options of `client.refreshIdle()`. One of `withinMs` and `maxIdleMs` is required. */
export interface RefreshIdleOptions {
  /** Refresh an account whose refresh token ends within this time, in ms, if its end is known. */
  readonly withinMs?: number | undefined
  /** Refresh an account whose tokens are older than this, in ms. */
  readonly maxIdleMs?: number | undefined
  /** The largest number of refreshes. Default: no limit. */
  readonly limit?: number | undefined
  /** How many accounts are refreshed at the same time, at most 64. Default 4. */
  readonly concurrency?: number | undefined
  /** Starts no further refresh. Those under way are waited for. */
  readonly signal?: AbortSignalLike | undefined
}

/** What `client.refreshIdle()` did, in numbers of accounts. */
export interface RefreshIdleCounts {
  /** Accounts that were read. */
  checked: number
  /** Accounts with new tokens, including those that another process obtained meanwhile. */
  refreshed: number
  /** Accounts whose user must sign in again. */
  reauth: number
  /** Accounts that could not be read or refreshed; they are due at the next call. */
  failed: number
}

const NUMBERS = ['withinMs', 'maxIdleMs', 'limit', 'concurrency'] as const

/** Refreshes the accounts of these names whose refresh tokens would end without use. */
export async function refreshIdle(
  context: ClientContext,
  accounts: AsyncIterable<string>,
  options: RefreshIdleOptions,
): Promise<RefreshIdleCounts> {
  check(options)
  const { withinMs, maxIdleMs, limit = Infinity, concurrency = 4, signal } = options
  const counts = { checked: 0, refreshed: 0, reauth: 0, failed: 0 }
  let attempts = 0

  const isDue = ({
    status,
    because,
    tokens,
    obtainedAtMs,
    refreshTokenExpiresAtMs,
  }: TokenRecord): boolean => {
    if (status !== 'live' || because === 'refresh-token-refused' || !tokens.refresh_token) return false
    const nowMs = context.clock.nowMs()
    const endsSoon =
      withinMs !== undefined &&
      refreshTokenExpiresAtMs !== undefined &&
      refreshTokenExpiresAtMs - nowMs <= withinMs
    return endsSoon || (maxIdleMs !== undefined && nowMs - obtainedAtMs >= maxIdleMs)
  }

  const names = accounts[Symbol.asyncIterator]()
  const work = async (): Promise<void> => {
    while (!signal?.aborted && attempts < limit) {
      const { done, value } = await names.next()
      if (done) return
      try {
        const { keeper } = context.account(value)
        const record = await keeper.read()
        counts.checked++
        if (!record || !isDue(record) || attempts >= limit) continue
        attempts++
        await keeper.refresh()
        counts.refreshed++
      } catch (error) {
        if (!(error instanceof LatchkeyError)) throw error
        counts[(error as AuthorizationError).kind === 'reauth' ? 'reauth' : 'failed']++
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(Math.ceil(concurrency), 64) }, work))
  return counts
}

function check(options: RefreshIdleOptions): void {
  checkOptionNames('refreshIdle()', options ?? null, [...NUMBERS, 'signal'])
  for (const name of NUMBERS) {
    const { [name]: value = 1 } = options
    if (!(typeof value === 'number' && value > 0)) throw new TypeError(`${name} must be a number above 0`)
  }
  if (options.withinMs === undefined && options.maxIdleMs === undefined)
    throw new TypeError('refreshIdle() needs withinMs or maxIdleMs, in ms')
}
