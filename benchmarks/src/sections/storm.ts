import { table } from '../markdown.ts'
import type { Section } from '../section.ts'
import { measureStorms, type Storm, type StormRow } from '../storm/measure.ts'

export const storm: Section<StormRow[]> = {
  title: 'Storm',
  measure: measureStorms,
  render(rows) {
    const lines = rows.map(({ store, processes, perSecond, floor, latchkey }) => {
      const [, second, third] = latchkey as [Storm, Storm, Storm]
      const ms = medianOf(latchkey)
      return [
        `${store}, ${processes === 1 ? '1 process' : `${processes} processes`}, ${perSecond === null ? 'a fast server' : `${perSecond} requests per s`}`,
        (ms / medianOf(floor)).toFixed(2),
        `${(ms / 1000).toFixed(1)} s`,
        latchkey.map(({ requests }) => requests).join(', '),
        String(sumOf(latchkey, 'errors')),
        String(sumOf(latchkey, 'revoked')),
        `${peakOf(latchkey)} MB (floor ${peakOf(floor)})`,
        (third.ms / second.ms).toFixed(2),
      ]
    })
    const accounts = rows[0]?.accounts ?? 0
    return `All access tokens of ${accounts.toLocaleString('en')} accounts expire at once, three times, and every process requests
every token. The server works off requests in order, and revokes all tokens of a sign-in when a refresh token is used twice. The
floor makes the same requests and store calls by hand, 32 accounts at a time, each account in one process only.

${table(['', 'time / floor', 'time', 'requests per storm', 'errors', 'revoked', 'peak memory per process', 'third / second'], lines)}`
  },
}

function medianOf(storms: readonly Storm[]): number {
  return storms.map(({ ms }) => ms).sort((a, b) => a - b)[1]!
}

function peakOf(storms: readonly Storm[]): number {
  return Math.max(...storms.map(({ peakMb }) => peakMb))
}

function sumOf(storms: readonly Storm[], member: 'errors' | 'revoked'): number {
  return storms.reduce((sum, storm) => sum + storm[member], 0)
}
