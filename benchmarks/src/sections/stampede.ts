import { type Cannot, isCannot } from '../contender.ts'
import { CONTENDERS, type ContenderName, NAMES } from '../contenders.ts'
import { Footnotes, table } from '../markdown.ts'
import type { Section } from '../section.ts'
import { measureStampedes, type Outcome, type Stampedes } from '../stampede/measure.ts'
import { SCENARIOS } from '../stampede/scenarios.ts'

export const stampede: Section<Stampedes> = {
  title: 'Stampede',
  measure: measureStampedes,
  async render(data, plot) {
    const ids = Object.keys(SCENARIOS)
    const footnotes = new Footnotes()
    const keeps = (name: ContenderName): boolean => !isCannot(data[ids[0]!]![name]!)
    const keepers = NAMES.filter(keeps)
    const rows = ids.map(id => [
      SCENARIOS[id]!.title,
      ...keepers.map(name => cell(data[id]![name]!, footnotes)),
    ])
    const others = NAMES.filter(name => !keeps(name)).map(name => {
      const { cannot } = data[ids[0]!]![name] as Cannot
      return `- ${CONTENDERS[name]} ${cannot}.`
    })
    const words = keepers.flatMap(name => {
      const messages = new Set(
        ids.flatMap(id => (data[id]![name] as Outcome).words ?? []).map(text => text.replace(/^\d+ x /, '')),
      )
      return messages.size > 0
        ? [`- ${CONTENDERS[name]}: ${[...messages].map(text => `\`${text}\``).join(', ')}`]
        : []
    })
    return `The server needs 50 ms for a refresh. If a refresh token is used twice, it assumes theft and revokes all tokens of the
sign-in. The access token expires once (three times in the first four rows), and all callers request one at the same time. A
cell shows how many refreshes were requested, and how many of all callers got an error. **out** means that the server rejects
the refresh token at the end, so the user must sign in again. The other libraries keep tokens in the plain documented way, in
memory, a JSON file, a Redis string or localStorage, through the hook that they have for it.

${table(['', ...keepers.map(name => CONTENDERS[name])], rows)}

${footnotes}

${await plot('stampede', refreshPlot(data, keepers))}

If a response is lost, or a holder is killed while the server has its request, a server without a grace window has replaced
the refresh token, and no client has the new one. No library can prevent that, and Latchkey is out too. With a grace window, a
retry gets a response; the remaining difference is which library retries by itself. google-auth-library also retries by itself
after a 503; Latchkey reports to its callers when to retry.

The errors that callers got:

${words.join('\n')}

Not measured:

${others.join('\n')}`
  },
}

function cell(outcome: Outcome | Cannot, footnotes: Footnotes): string {
  if (isCannot(outcome)) return footnotes.of(outcome)
  const { refreshes, failures, callers, signedOut } = outcome
  const errors = failures === 0 ? 'no error' : `${failures} of ${callers} failed`
  return `${refreshes}, ${errors}${signedOut ? ', **out**' : ''}`
}

function refreshPlot(data: Stampedes, keepers: readonly ContenderName[]): object {
  const shown = ['process', 'files', 'redis', 'tabs']
  const values = shown.flatMap(id =>
    keepers.flatMap(name => {
      const outcome = data[id]![name]!
      return isCannot(outcome)
        ? []
        : [
            {
              scenario: SCENARIOS[id]!.title,
              name: CONTENDERS[name],
              refreshes: outcome.refreshes / outcome.expiries,
            },
          ]
    }),
  )
  return {
    title: 'Refresh requests per expiry (logarithmic; 1 is enough)',
    data: { values },
    facet: {
      row: {
        field: 'scenario',
        sort: shown.map(id => SCENARIOS[id]!.title),
        title: null,
        header: { labelOrient: 'top', labelAnchor: 'start', labelFontWeight: 'bold' },
      },
    },
    spec: {
      width: 460,
      mark: 'bar',
      encoding: {
        y: { field: 'name', type: 'nominal', sort: null, title: null },
        x: { field: 'refreshes', type: 'quantitative', scale: { type: 'symlog' }, title: null },
        color: { condition: { test: "datum.name === 'latchkey'", value: '#1b7f5c' }, value: '#9aa5b1' },
      },
    },
  }
}
