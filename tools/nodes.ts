// The versions of Node for tests that run in more than one: 24 in `npm test`, every supported one in `npm run test:system`.
import { INSTALLED } from './installed-runtimes.ts'

const PROGRAMS: Readonly<Record<string, string>> = {
  22: INSTALLED['Node 22'],
  24: process.execPath,
  26: INSTALLED['Node 26'],
}

/** The major versions in LATCHKEY_NODES, with a comma between two, or 24; each with its program. */
export const NODES: readonly (readonly [version: string, program: string])[] = (
  process.env['LATCHKEY_NODES'] ?? '24'
)
  .split(',')
  .map(version => [version, PROGRAMS[version]!])
