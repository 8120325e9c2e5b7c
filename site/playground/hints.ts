// What a visitor can do next, in words.
import type { Frame } from './frame.ts'
import { durationOf, leaseLeftMs, leaseOwner, nameOf } from './looks.ts'

/** Returns what to try next in the story: the first hint that applies. */
export function hintOf({ latchkey, naive, record, clockMs, isStill, storeFails }: Frame): string {
  const leftMs = leaseLeftMs(record)
  const owner = leftMs > 0 ? leaseOwner(record) : undefined
  const isOwnerKilled = owner !== undefined && latchkey.processes[owner]!.look === 'killed'
  const sender = latchkey.processes.findIndex(({ look }) => look === 'sending')
  const hints: readonly (readonly [applies: boolean, hint: string])[] = [
    [isStill, 'The story has ended. Restart it, choose another server or store, or copy its link.'],
    [
      latchkey.signedOut,
      'Latchkey’s user has to sign in again: such a server allows no second try after a lost response or a long pause. Choose another one.',
    ],
    [storeFails, 'The store rejects every write. Play on, and repair it later.'],
    [
      isOwnerKilled,
      `${nameOf(owner!)} is killed. Play on: another process takes over when its lease ends, in ${durationOf(leftMs)}.`,
    ],
    [
      sender >= 0,
      `${nameOf(sender)} refreshes for all. Kill or pause it now, or drop its response. Then play on.`,
    ],
    [clockMs === 0, 'Eight processes share one token, which expires after 60 s. Press Play, or Step.'],
    [
      naive.signedOut && !latchkey.signedOut,
      'The naive client’s user is signed out, Latchkey’s is not. Play on, and kill or pause a process.',
    ],
  ]
  return hints.find(([applies]) => applies)?.[1] ?? 'Press Play or Step to go on.'
}
