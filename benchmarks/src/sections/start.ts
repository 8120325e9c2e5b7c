import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { CONTENDERS, type ContenderName, load, NAMES, TO_BUNDLE } from '../contenders.ts'
import { marked, ratioText, table } from '../markdown.ts'
import { type Contenders, type Ratios, ratiosOf } from '../ratios.ts'
import type { Section } from '../section.ts'

const EMPTY = 'an empty program'
const FETCH = 'one that loads fetch'
const NOT_IN_NODE =
  'Node cannot load it as it is published: its modules import each other without an extension'

interface Started {
  readonly ratios: Ratios
  readonly cannot: Readonly<Record<string, string>>
}

/** Returns the time from the start to the end of a Node that imports these packages, in ns. Our own are the built ones. */
async function start(packages: readonly string[]): Promise<number> {
  return run(packages.map(name => `import '${name}'`).join('\n'))
}

async function run(program: string): Promise<number> {
  const begin = process.hrtime.bigint()
  const node = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  node.stderr.resume()
  const [code] = (await once(node, 'exit')) as [number]
  if (code !== 0) throw new Error(`node ended with ${code}`)
  return Number(process.hrtime.bigint() - begin)
}

export const coldStart: Section<Started> = {
  title: 'Cold start',
  async measure({ quick }) {
    const contenders: Record<string, () => Promise<number>> = {
      [EMPTY]: () => run(''),
      [FETCH]: () => run('globalThis.Request'),
      'latchkey, core alone': () => start(['@latchkey/core']),
    }
    const cannot: Record<string, string> = {}
    for (const name of NAMES) {
      const { packages } = await load(name)
      if (packages.length === 0 || name === 'latchkey-flows') continue
      if (TO_BUNDLE.includes(name)) cannot[name] = NOT_IN_NODE
      else contenders[name] = () => start(packages)
    }
    return { ratios: await ratiosOf(contenders satisfies Contenders, quick ? 3 : 15), cannot }
  },
  render({ ratios, cannot }) {
    const label = (name: string): string => CONTENDERS[name as ContenderName] ?? name
    const ours = ratios['latchkey']!.median
    const rows = Object.entries(ratios).map(([name, { median, min, max, ns }]) => [
      label(name),
      marked(
        ratioText({ median: 1 / median, min: 1 / max, max: 1 / min, ns }),
        median > ours && !name.startsWith('latchkey'),
      ),
    ])
    rows.push(...Object.entries(cannot).map(([name, reason]) => [label(name), `cannot: ${reason}`]))
    return `The run time of a Node that imports the package and exits, relative to one that imports nothing. Lower is better. Node
loads fetch when a program first accesses it, as the second row does. ky does that at once to detect features; our transport
imports it with the first request, so that a program pays then, like with libraries that access fetch later.

${table(['', 'times an empty program'], rows)}`
  },
}
