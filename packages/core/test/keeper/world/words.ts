// How traces describe what happens.
import type { Job } from './process.ts'

/** Returns what a process does when it starts a job. */
export function describeJob(job: Job): string {
  if ('write' in job) return `starts a ${job.write}`
  const { rejected, early, force } = job.request
  if (rejected !== undefined) return 'reports that an API rejected its access token'
  if (force) return 'forces a refresh'
  return early ? 'sees that its access token soon expires' : 'needs an access token'
}

/** Returns a duration in words. */
export function describeMs(ms: number): string {
  if (ms < 1_000) return `${ms} ms`
  if (ms < 600_000) return `${Math.ceil(ms / 1_000)} s`
  return ms < 36_000_000 ? `${Math.ceil(ms / 60_000)} min` : 'a day'
}
