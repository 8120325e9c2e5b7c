// What the protocol guarantees (`docs/explanation/exploration.md`): for each configuration, the verdicts that are allowed.
import type { Case, TroubleName } from './configurations.ts'
import type { Verdict } from './verdicts.ts'

/** The errors that callers may get, by trouble. */
const REPORTED: Readonly<Partial<Record<TroubleName, readonly string[]>>> = {
  pause: ['transient'],
  'pause before sending': ['transient'],
  sleep: ['transient'],
  'request lost': ['transient'],
  'response lost': ['transient'],
  'response garbled': ['indeterminate'],
  throttled: ['transient'],
  'refused with an unknown error code': ['unrecognized', 'reauth_required'],
  firewall: ['unrecognized'],
  'tokens of another account': ['transient'],
  'store error': ['store_unavailable'],
  'store read-only': ['store_unavailable'],
  'sign-out': ['signed_out'],
  'store emptied': ['signed_out'],
}

const REFUSING = ['refused with an unknown error code', 'firewall', 'throttled'] as const

/** Returns the verdicts that are allowed in a configuration. */
export function allowed({ store, policy, troubles, configuration: { programs } }: Case): Set<Verdict> {
  const has = (...some: TroubleName[]): boolean => some.some(name => troubles.includes(name))
  const permitted = new Set<Verdict>()
  const add = (when: boolean, ...verdicts: Verdict[]): void => {
    if (when) for (const verdict of verdicts) permitted.add(verdict)
  }
  const jobs = programs.flatMap(program => program.jobs)
  const signsOut = jobs.some(job => 'write' in job && job.write === 'sign-out')
  const signsIn = jobs.some(job => 'write' in job && job.write !== 'sign-out')
  const rejects = jobs.some(job => 'request' in job && job.request.rejected !== undefined)
  for (const trouble of troubles) add(true, ...(REPORTED[trouble] ?? []).map(code => `FAILED:${code}`))
  const nonces = troubles.filter(name => name === 'nonce required').length
  // A server that asks for another nonce at every retry, or so late that there is no time for one.
  add(nonces > 1 || (nonces > 0 && has('response late')), 'FAILED:transient')
  add(signsOut, 'FAILED:signed_out')
  // After several rejected generations in a row the next refresh is delayed.
  add(rejects, 'FAILED:transient')

  const loose = store === 'swap within a process only'
  const crashes = has('crash', 'crash, its request delayed')
  // A lease that is confirmed is not lost, and under a lock it is not needed.
  const losesLeases = has('store loses a lease') && store !== 'swap and locks' && store !== 'swap and confirm'
  const travels = has('store loses a write', 'store emptied') || losesLeases
  const pauses = has('pause', 'sleep')
  const parted = pauses && store !== 'swap and locks'
  const dup = loose || travels || parted || crashes || has('response lost', 'store read-only')
  const ends = policy === 'strict' || policy.startsWith('grace')
  add(dup, 'DUP')
  // After three refusals the user is asked to sign in again, although the server may change its mind.
  add(has('refused with an unknown error code'), 'FLICKER')
  // A process that pauses just before it sends, or whose lease is lost, learns of a refusal or of Retry-After too late.
  add(has(...REFUSING) && (parted || travels || crashes), 'RUSH')
  add(dup && ends, 'KILL')
  const gone = (crashes || has('response lost')) && policy === 'single'
  add((dup && ends) || gone, 'LOGOUT', 'FAILED:reauth_required')
  add((dup && policy === 'single') || travels || parted, 'FLICKER', 'FAILED:reauth_required')
  add(
    travels ||
      loose ||
      has('store read-only') ||
      troubles.filter(name => name === 'pause').length > 1 ||
      // A recent refresh token is sent once more, which may be when its paused holder resumes.
      (parted && rejects) ||
      // The response to a holder that paused may come later than the 10 s that others wait for it.
      (parted && has('response late')),
    'HASTY',
  )
  // A forced refresh sends a request, whatever is stored.
  add(
    jobs.some(job => 'request' in job && job.request.force),
    'EXTRA',
  )
  add(
    loose,
    'LEASES',
    'COST',
    'DOUBT',
    'RUSH',
    'CLOBBER',
    'LOSTTOKEN',
    'UNSAVED',
    'LEASE-LEFT',
    'FLICKER',
    'LOGOUT',
    'EXTRA',
  )
  add(
    loose && (signsOut || signsIn),
    'FAILED:reauth_required',
    'LOGOUT',
    'CROSSED',
    'RESURRECT',
    'REVOKED',
    'ORPHAN',
  )
  // A sign-out, or a refresh that a sign-in overtook, revokes tokens; a store may then lose that write.
  add(travels && (signsOut || signsIn), 'REVOKED', 'LOGOUT', 'FAILED:reauth_required')
  add(has('store emptied') && signsOut, 'RESURRECT')
  // Nobody remembers what such a store had.
  add(has('store emptied') && programs.every(({ remembers }) => !remembers), 'LOGOUT')
  add(signsOut && (crashes || travels || has('response lost')), 'ORPHAN')
  return permitted
}
