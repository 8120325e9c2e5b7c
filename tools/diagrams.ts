// Draws the state diagrams of docs/explanation/architecture.md from the machines' transition tables: `npm run diagrams`.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { ACCOUNT_WRITE, DECIDING, SENDING, STORING } from '@latchkey/core/keeper'
import { TRANSITIONS } from '@latchkey/core/flows'

const DOCUMENT = new URL('../docs/explanation/architecture.md', import.meta.url)

/** Each table with its title and its first state, by the name of the marks around its diagram. */
const TABLES = {
  flows: [
    ['`authorization_code`', TRANSITIONS.authorization_code, 'awaitingRedirect'],
    ['`implicit`', TRANSITIONS.implicit, 'awaitingToken'],
    ['`pin`', TRANSITIONS.pin, 'awaitingPin'],
    ['`refresh_token`', TRANSITIONS.refresh_token, 'refreshing'],
    ['`client_credentials`', TRANSITIONS.client_credentials, 'requesting'],
    ['`device_code`', TRANSITIONS.device_code, 'requestingCodes'],
  ],
  keeper: [
    ['`refresh`, deciding', DECIDING, 'reading'],
    ['`refresh`, sending', SENDING, 'sending'],
    ['`refresh`, storing', STORING, 'committing'],
    ['`account-write`', ACCOUNT_WRITE, 'reading'],
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

/** Returns `document` with the diagrams of the current tables. */
export function withDiagrams(document: string): string {
  return Object.entries(TABLES).reduce((text, [mark, tables]) => {
    const place = new RegExp(`(<!-- diagrams of the ${mark}: .*? -->\n)[\\s\\S]*?(<!-- /diagrams -->)`)
    if (!place.test(text))
      throw new Error(`docs/explanation/architecture.md has no place for the diagrams of the ${mark}`)
    const sections = tables.map(
      ([title, table, first]) => `
${title}

\`\`\`mermaid
${diagram(table as Table, first)}
\`\`\`
`,
    )
    return text.replace(place, (_, begin: string, end: string) => `${begin}${sections.join('')}\n${end}`)
  }, document)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(DOCUMENT, withDiagrams(readFileSync(DOCUMENT, 'utf8')))
