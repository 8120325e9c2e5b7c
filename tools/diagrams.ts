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
import { refreshMachine } from '../packages/core/src/keeper/refresh.ts'

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

/** Returns lists of more than two targets that a table has more than once. */
function choicesOf(table: Table): ReadonlyMap<string, readonly string[]> {
  const lists = Object.values(table).flatMap(events => Object.values(events))
  const shared = lists.filter(
    (list, at) => list.length > 2 && lists.indexOf(list) === at && lists.lastIndexOf(list) !== at,
  )
  return new Map(shared.map((list, at) => [`choice${at + 1}`, list]))
}

/** Returns a transition table as a Mermaid diagram. */
export function diagram(table: Table, first: string): string {
  const choices = choicesOf(table)

  /** Returns `targets`, with a choice in place of its targets. */
  const shortened = (targets: readonly string[]): readonly string[] => {
    const [name, led] = [...choices].find(([, list]) => list.every(one => targets.includes(one))) ?? []
    return name && led ? [name, ...targets.filter(target => !led.includes(target))] : targets
  }

  const lines = [...choices.keys()].map(name => `state ${name} <<choice>>`)
  lines.push(`[*] --> ${first}`)
  for (const [state, events] of Object.entries(table)) {
    for (const [event, targets] of Object.entries(events))
      for (const target of shortened(targets)) lines.push(`${state} --> ${target}: ${event}`)
    if (Object.keys(events).length === 0) lines.push(`${state} --> [*]`)
  }
  for (const [name, led] of choices) for (const target of led) lines.push(`${name} --> ${target}`)
  return ['stateDiagram-v2', ...lines.map(line => `  ${line}`)].join('\n')
}

/** Returns `document` with the diagrams of the current tables. */
export function withDiagrams(document: string): string {
  return Object.entries(MACHINES).reduce((text, [mark, machines]) => {
    const place = new RegExp(`(<!-- diagrams of the ${mark}: .*? -->\n)[\\s\\S]*?(<!-- /diagrams -->)`)
    if (!place.test(text))
      throw new Error(`docs/architecture.md has no place for the diagrams of the ${mark}`)
    const sections = machines.map(([machine, first]) => {
      const { name, transitions } = machine as unknown as Machine<Tagged, Tagged, unknown, unknown>
      return `\n\`${name}\`\n\n\`\`\`mermaid\n${diagram(transitions as Table, first)}\n\`\`\`\n`
    })
    return text.replace(place, (_, begin: string, end: string) => `${begin}${sections.join('')}\n${end}`)
  }, document)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(DOCUMENT, withDiagrams(readFileSync(DOCUMENT, 'utf8')))
