// Draws the state diagrams of docs/architecture.md from the machines' transition tables: `npm run diagrams`.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { imgur } from '@latchkey/core'
import {
  authorizationCode,
  clientCredentialsGrant,
  deviceAuthorizationGrant,
  implicit,
  type Machine,
  pin,
  refreshToken,
  type Tagged,
} from '@latchkey/core/flows'
import { accountWriteMachine } from '../packages/core/src/keeper/account-write.ts'
import { DECIDING } from '../packages/core/src/keeper/deciding.ts'
import { refreshMachine } from '../packages/core/src/keeper/refresh.ts'
import { SENDING } from '../packages/core/src/keeper/sending.ts'
import { STORING } from '../packages/core/src/keeper/storing.ts'

const DOCUMENT = new URL('../docs/architecture.md', import.meta.url)

/** Each machine with its first state, by the name of the marks around its diagram. */
const MACHINES = {
  flows: [
    [authorizationCode(imgur()), 'awaitingRedirect'],
    [implicit(imgur()), 'awaitingToken'],
    [pin(imgur()), 'awaitingPin'],
    [refreshToken(imgur()), 'refreshing'],
    [clientCredentialsGrant(imgur()), 'requesting'],
    [deviceAuthorizationGrant(imgur()), 'requestingCodes'],
  ],
  keeper: [
    [refreshMachine(), 'reading'],
    [accountWriteMachine(), 'reading'],
  ],
} as const

type Table = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** How a flight ends depends on whether it holds a lock: one arrow stands for both ways. */
const END = ['unlocking', 'done']

/** Returns a part of a transition table as a Mermaid diagram; one arrow stands for all events that lead the same way. */
export function diagram(table: Table, first: string): string {
  const lines = [`[*] --> ${first}`]
  for (const [state, events] of Object.entries(table)) {
    const arrows = new Map<string, string[]>()
    for (const [event, targets] of Object.entries(events)) {
      const ends = END.every(end => targets.includes(end))
      for (const target of ends ? [...targets.filter(one => !END.includes(one)), 'end'] : targets)
        arrows.set(target, [...(arrows.get(target) ?? []), event])
    }
    for (const [target, names] of arrows) lines.push(`${state} --> ${target}: ${names.join(', ')}`)
    if (arrows.size === 0) lines.push(`${state} --> [*]`)
  }
  return ['stateDiagram-v2', ...lines.map(line => `  ${line}`)].join('\n')
}

/** Returns the diagrams of a machine, by their titles: one for each phase of the refresh machine. */
function diagramsOf({ name, transitions }: Machine<Tagged, Tagged, unknown, unknown>, first: string) {
  if (name !== 'refresh') return [[`\`${name}\``, diagram(transitions as Table, first)]]
  return [
    ['`refresh`, deciding', diagram(DECIDING, 'reading')],
    ['`refresh`, sending', diagram(SENDING, 'sending')],
    ['`refresh`, storing', diagram(STORING, 'committing')],
  ]
}

/** Returns `document` with the diagrams of the current tables. */
export function withDiagrams(document: string): string {
  return Object.entries(MACHINES).reduce((text, [mark, machines]) => {
    const place = new RegExp(`(<!-- diagrams of the ${mark}: .*? -->\n)[\\s\\S]*?(<!-- /diagrams -->)`)
    if (!place.test(text))
      throw new Error(`docs/architecture.md has no place for the diagrams of the ${mark}`)
    const sections = machines.flatMap(([machine, first]) =>
      diagramsOf(machine as unknown as Machine<Tagged, Tagged, unknown, unknown>, first).map(
        ([title, drawn]) => `
${title}

\`\`\`mermaid
${drawn}
\`\`\`
`,
      ),
    )
    return text.replace(place, (_, begin: string, end: string) => `${begin}${sections.join('')}\n${end}`)
  }, document)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(DOCUMENT, withDiagrams(readFileSync(DOCUMENT, 'utf8')))
