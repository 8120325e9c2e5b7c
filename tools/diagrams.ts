// Draws the state diagrams of README.md from the machines' transition tables: `npm run diagrams`.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import {
  authorizationCode,
  clientCredentialsGrant,
  deviceAuthorizationGrant,
  imgur,
  implicit,
  type Machine,
  pin,
  refreshToken,
  type Tagged,
} from '@latchkey/core'

const README = new URL('../README.md', import.meta.url)
const BETWEEN_MARKS = /(<!-- diagrams: .*? -->\n)[\s\S]*?(<!-- \/diagrams -->)/

const MACHINES = [
  [authorizationCode, 'awaitingRedirect'],
  [implicit, 'awaitingToken'],
  [pin, 'awaitingPin'],
  [refreshToken, 'refreshing'],
  [clientCredentialsGrant, 'requesting'],
  [deviceAuthorizationGrant, 'requestingCodes'],
] as const

/** A transition table as a Mermaid diagram. */
export function diagram<S extends Tagged, E extends Tagged, F, I>(
  { transitions }: Machine<S, E, F, I>,
  first: S['type'],
): string {
  const lines = [`[*] --> ${first}`]
  for (const [state, events] of Object.entries<Partial<Record<string, readonly string[]>>>(transitions)) {
    for (const [event, targets = []] of Object.entries(events))
      for (const target of targets) lines.push(`${state} --> ${target}: ${event}`)
    if (Object.keys(events).length === 0) lines.push(`${state} --> [*]`)
  }
  return ['stateDiagram-v2', ...lines.map(line => `  ${line}`)].join('\n')
}

/** `readme` with the diagrams of today's tables. */
export function withDiagrams(readme: string): string {
  const sections = MACHINES.map(([machineOf, first]) => {
    const machine = machineOf(imgur()) as Machine<Tagged, Tagged, unknown, unknown>
    return `\n\`${machine.name}\`\n\n\`\`\`mermaid\n${diagram(machine, first)}\n\`\`\`\n`
  })
  if (!BETWEEN_MARKS.test(readme)) throw new Error('README.md has no place for the diagrams')
  return readme.replace(
    BETWEEN_MARKS,
    (_, begin: string, end: string) => `${begin}${sections.join('')}\n${end}`,
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(README, withDiagrams(readFileSync(README, 'utf8')))
