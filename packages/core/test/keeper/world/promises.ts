// What the protocol promises (`docs/guarantees.md`): for each configuration, what may go wrong in it and nothing else.
import type { Case, TroubleName } from './configurations.ts'
import type { Verdict } from './verdicts.ts'

/** What callers may be told when something goes wrong. */
const TOLD: Readonly<Partial<Record<TroubleName, readonly string[]>>> = {
  pause: ['transient'],
  'pause before sending': ['transient'],
  sleep: ['transient'],
  'request lost': ['transient'],
  'response lost': ['transient'],
  'response garbled': ['indeterminate'],
  throttled: ['transient'],
  'refused in unknown words': ['unrecognized', 'reauth_required'],
  firewall: ['unrecognized'],
  'tokens of another account': ['transient'],
  'store error': ['store_unavailable'],
  'store read-only': ['store_unavailable'],
  'sign-out': ['signed_out'],
  'store emptied': ['signed_out'],
}

/** Everything that may go wrong. */
export function allowed({ store, policy, troubles, configuration: { programs } }: Case): Set<Verdict> {
  const has = (...some: TroubleName[]): boolean => some.some(name => troubles.includes(name))
  const may = new Set<Verdict>()
  const add = (when: boolean, ...verdicts: Verdict[]): void => {
    if (when) for (const verdict of verdicts) may.add(verdict)
  }
  const jobs = programs.flatMap(program => program.jobs)
  const signsOut = jobs.some(job => 'write' in job && job.write === 'sign-out')
  const signsIn = jobs.some(job => 'write' in job && job.write !== 'sign-out')
  const rejects = jobs.some(job => 'request' in job && job.request.rejected !== undefined)
  for (const trouble of troubles) add(true, ...(TOLD[trouble] ?? []).map(code => `FAILED:${code}`))
  add(signsOut, 'FAILED:signed_out')
  // After two generations refused in a row the server is left alone.
  add(rejects, 'FAILED:transient')

  const loose = store === 'swap within a process only'
  const crashes = has('crash', 'crash, its request delayed')
  // A claim that is confirmed is not lost, and under a lock it is not needed.
  const losesLeases = has('store loses a lease') && store !== 'swap and locks' && store !== 'swap and confirm'
  const travels = has('store loses a write', 'store emptied') || losesLeases
  const pauses = has('pause', 'sleep')
  const parted = pauses && store !== 'swap and locks'
  const dup = loose || travels || parted || crashes || has('response lost', 'store read-only')
  const ends = policy === 'strict' || policy.startsWith('grace')
  add(dup, 'DUP')
  // After three refusals the user is asked to sign in again, although the server may change its mind.
  add(has('refused in unknown words'), 'FLICKER')
  // A process that stood still when it was about to send learns of a refusal too late.
  add(has('refused in unknown words', 'firewall') && (parted || travels || crashes), 'RUSH')
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
      (parted && rejects),
    'HASTY',
  )
  // Who asks for new tokens gets them, whatever is stored.
  add(
    jobs.some(job => 'request' in job && job.request.force),
    'EXTRA',
  )
  add(loose, 'LEASES', 'CLOBBER', 'LOSTTOKEN', 'UNSAVED', 'LEASE-LEFT', 'FLICKER', 'LOGOUT', 'EXTRA')
  add(
    loose && (signsOut || signsIn),
    'FAILED:reauth_required',
    'LOGOUT',
    'CROSSED',
    'RESURRECT',
    'REVOKED',
    'ORPHAN',
  )
  // Who signs out, or comes too late for a sign-in, has the server forget tokens; a store may then forget that.
  add(travels && (signsOut || signsIn), 'REVOKED', 'LOGOUT', 'FAILED:reauth_required')
  add(has('store emptied') && signsOut, 'RESURRECT')
  add(signsOut && (crashes || travels || has('response lost')), 'ORPHAN')
  return may
}
