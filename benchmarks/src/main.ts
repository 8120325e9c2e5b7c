// `npm run bench [-- [--quick] [NAME ...]]`: measures the sections, each in its own process, and writes the page. With
// `--page` it only writes the page, from the existing results.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { writePage } from './page.ts'
import { take } from './result.ts'
import { SECTIONS } from './sections.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    page: { type: 'boolean' },
    take: { type: 'string' },
  },
})
const names = positionals.length > 0 ? positionals : Object.keys(SECTIONS)
for (const name of names)
  if (!Object.hasOwn(SECTIONS, name))
    throw new TypeError(`there is no section ${name}: ${Object.keys(SECTIONS).join(', ')}`)

if (values.take !== undefined) {
  await take(values.take, options => SECTIONS[values.take!]!.measure(options), values.quick)
  process.exit() // timers of some contenders keep the process alive
}
if (!values.page) for (const name of names) await measure(name)
await writePage()

async function measure(name: string): Promise<void> {
  console.log(`measuring: ${name}`)
  const flags = ['--conditions=@latchkey/source', '--expose-gc', '--disable-warning=ExperimentalWarning']
  const args = [...flags, import.meta.filename, '--take', name, ...(values.quick ? ['--quick'] : [])]
  const [code] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [number]
  if (code !== 0) throw new Error(`measuring ${name} ended with ${code}`)
}
