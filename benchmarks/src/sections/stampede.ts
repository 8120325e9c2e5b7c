import { type Cannot, isCannot } from '../contender.ts'
import { CONTENDERS, type ContenderName, NAMES } from '../contenders.ts'
import { Footnotes, marked, table, three } from '../markdown.ts'
import { type Kind, kindOf, labelledBars, type Plot } from '../plot.ts'
import type { Section } from '../section.ts'
import { measureStampedes, type Outcome, type Stampedes } from '../stampede/measure.ts'
import { SCENARIOS } from '../stampede/scenarios.ts'

export const stampede: Section<Stampedes> = {
  title: 'Stampede',
  measure: measureStampedes,
  async render(data, draw) {
    const ids = Object.keys(SCENARIOS)
    const footnotes = new Footnotes()
    const keeps = (name: ContenderName): boolean => !isCannot(data[ids[0]!]![name]!)
    const keepers = NAMES.filter(keeps)
    const rows = ids.map(id => [
      SCENARIOS[id]!.title,
      ...keepers.map(name => cell(data[id]![name]!, data[id]!.latchkey as Outcome, footnotes)),
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

${await draw('summary', summaryPlot(data, keepers))}

${table(['', ...keepers.map(name => CONTENDERS[name])], rows)}

${footnotes}

${await draw('stampede', refreshPlot(data, keepers))}

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

function cell(outcome: Outcome | Cannot, ours: Outcome, footnotes: Footnotes): string {
  if (isCannot(outcome)) return footnotes.of(outcome)
  const { refreshes, failures, callers, signedOut } = outcome
  const errors = failures === 0 ? 'no error' : `${failures} of ${callers} failed`
  return marked(`${refreshes}, ${errors}${signedOut ? ', **out**' : ''}`, isBetter(outcome, ours))
}

/** Whether fewer users are signed out than with Latchkey, or else fewer callers fail, or else fewer requests are made. */
function isBetter(outcome: Outcome, ours: Outcome): boolean {
  const [one, other] = [outcome, ours].map(({ signedOut, failures, refreshes }) => [
    Number(signedOut),
    failures,
    refreshes,
  ])
  const at = one!.findIndex((number, at) => number !== other![at])
  return at >= 0 && one![at]! < other![at]!
}

interface Bar {
  readonly scenario: string
  readonly name: string
  readonly refreshes: number
  readonly label: string
  readonly kind: Kind
}

/** Returns a bar for each contender that can do it: the requests for one expiry, and how it ended. */
function barsOf(data: Stampedes, id: string, keepers: readonly ContenderName[]): Bar[] {
  return keepers.flatMap(name => {
    const outcome = data[id]![name]!
    if (isCannot(outcome)) return []
    const refreshes = outcome.refreshes / outcome.expiries
    return [
      {
        scenario: SCENARIOS[id]!.title,
        name: CONTENDERS[name],
        refreshes,
        label: `${three(refreshes)}${outcome.signedOut ? ', user signed out' : ''}`,
        kind: kindOf(name, isBetter(outcome, data[id]!.latchkey as Outcome)),
      },
    ]
  })
}

/** The encoding of a bar's length. */
const REQUESTS = {
  field: 'refreshes',
  type: 'quantitative',
  title: 'refresh requests per expiry',
  scale: { type: 'symlog', domainMax: 1500 },
  axis: { values: [0, 1, 10, 100, 1000] },
}
const MEASURE = 'refresh requests per expiry, logarithmic scale; 1 is enough'

const told = (bars: readonly Bar[]): string => bars.map(({ name, label }) => `${name}: ${label}`).join('; ')

function refreshPlot(data: Stampedes, keepers: readonly ContenderName[]): Plot {
  const shown = ['process', 'files', 'redis', 'tabs']
  const bars = shown.map(id => barsOf(data, id, keepers))
  return {
    title: 'An access token expires, and all callers request one',
    subtitle: MEASURE,
    summary: shown.map((id, at) => `${SCENARIOS[id]!.title}: ${told(bars[at]!)}`).join('. '),
    spec: {
      data: { values: bars.flat() },
      facet: {
        row: {
          field: 'scenario',
          sort: shown.map(id => SCENARIOS[id]!.title),
          title: null,
          header: { labelOrient: 'top', labelAnchor: 'start', labelFontWeight: 'bold' },
        },
      },
      resolve: { scale: { y: 'independent' } },
      spec: { width: 440, height: { step: 24 }, ...labelledBars(bars.flat(), REQUESTS) },
    },
  }
}

function summaryPlot(data: Stampedes, keepers: readonly ContenderName[]): Plot {
  const bars = barsOf(data, 'files', keepers)
  return {
    title: 'Eight processes share one sign-in, and its access token expires',
    subtitle: MEASURE,
    summary: told(bars),
    spec: { data: { values: bars }, width: 440, height: { step: 26 }, ...labelledBars(bars, REQUESTS) },
  }
}
