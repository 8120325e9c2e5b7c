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
      const said = new Set(
        ids.flatMap(id => (data[id]![name] as Outcome).words ?? []).map(text => text.replace(/^\d+ x /, '')),
      )
      return said.size > 0
        ? [`- ${CONTENDERS[name]}: ${[...said].map(text => `\`${text}\``).join(', ')}`]
        : []
    })
    return `The server takes 50 ms for a refresh, and takes a refresh token that is spent twice for theft: everything that came
of the sign-in is revoked. The access token expires once (three times in the first four rows), and all callers ask at
once. A cell says how many refreshes were asked for, and of all callers how many got an error; **out** is a refresh
token that is refused at the end: a person has to sign in again. Peers keep tokens in the plain documented way, in
memory, a JSON file, a Redis string or localStorage, through the hook that they have for it.

${table(['', ...keepers.map(name => CONTENDERS[name])], rows)}

${footnotes}

${await plot('stampede', refusedPlot(data, keepers))}

Where a response is lost, or a holder is killed with its request at the server, a server without a grace window has
spent the refresh token and nobody has the new one: no client can know, and ours is out as well. With a window, who
asks again gets an answer; the difference that is left is who asks again by itself. google-auth-library also asks again by itself after a
503, where ours tells its callers when to come back.

What callers were told:

${words.join('\n')}

Not measured:

${others.join('\n')}`
  },
}

function cell(outcome: Outcome | Cannot, footnotes: Footnotes): string {
  if (isCannot(outcome)) return footnotes.of(outcome)
  const { refreshes, failures, callers, signedOut } = outcome
  const refused = failures === 0 ? 'no error' : `${failures} of ${callers} failed`
  return `${refreshes}, ${refused}${signedOut ? ', **out**' : ''}`
}

function refusedPlot(data: Stampedes, keepers: readonly ContenderName[]): object {
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
    title: 'Requests to refresh, per expiry (logarithmic; 1 would do)',
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
