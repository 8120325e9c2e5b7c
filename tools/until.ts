import { setTimeout as sleep } from 'node:timers/promises'

/** Checks a condition every 20 ms until it is true; fails with `what` after `patienceMs`, by default 60 s. */
export async function until(what: string, isSo: () => Promise<unknown>, patienceMs = 60_000): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(20))
    if (await isSo().catch(() => false)) return
  throw new Error(`waited in vain: ${what}`)
}
