import type { AbortSignalLike } from '@latchkey/core/ports'
import type { KyInstance } from 'ky'
import { EndedError, startDeadline } from './deadline.ts'

let imported: KyInstance | undefined

/**
 * Imports ky with the first request, within a deadline of its own. It doubles the time that Node takes to start, and a
 * program that starts with a valid token needs no HTTP. Bundles for browsers have `ky-at-once.ts` instead (`imports` in
 * package.json).
 */
export async function importKy(ms: number, signal: AbortSignalLike | undefined): Promise<KyInstance> {
  if (imported) return imported
  const deadline = startDeadline(ms, signal)
  try {
    return (imported = (await deadline.race(import('ky'))).default)
  } catch (cause) {
    if (cause instanceof EndedError) throw cause
    const message =
      "ky could not be imported: install it, or pass it: import ky from 'ky'; fetchTransport({ ky })"
    throw new EndedError('ImportError', message, cause)
  } finally {
    deadline.clear()
  }
}
