// What the view calls things.
import type { StoreName } from '../../packages/core/test/keeper/world/configurations.ts'
import type { Policy } from '../../packages/core/test/keeper/world/server.ts'
import type { Run, SideName } from './timeline.ts'

export const SIDES: readonly { readonly side: SideName; readonly title: string; readonly about: string }[] = [
  { side: 'latchkey', title: 'Latchkey', about: 'One process refreshes for all.' },
  { side: 'naive', title: 'Naive client', about: 'Each process refreshes for itself.' },
]

export const POLICY_WORDS: Readonly<Record<Policy, string>> = {
  none: 'Refresh tokens stay the same',
  strict: 'Strict rotation: reuse revokes all',
  single: 'Rotation: reuse is rejected',
  'grace-same': 'Rotation, grace: the same new token',
  'grace-all': 'Rotation, grace: one more new token',
  'grace-latest': 'Rotation, grace: only the latest works',
}

export const STORE_WORDS: Readonly<Partial<Record<StoreName, string>>> = {
  'swap alone': 'SQL: compare-and-swap',
  'swap and locks': 'Files: compare-and-swap, locks',
  'swap and confirm': 'Redis: confirmed compare-and-swap',
}

export const THEFT = ': the server assumes theft and revokes every token'

/** What each colour of a time line means. */
export const LEGEND: Readonly<Partial<Record<Run['look'], string>>> = {
  resting: 'has a token',
  reading: 'reads',
  waiting: 'waits',
  writing: 'writes',
  sending: 'refreshes (a request)',
  paused: 'paused',
  failed: 'error',
  killed: 'killed',
  time: 'time passes',
}
