// Bundles the built modules into one file for Node, since it takes longer to find modules than to read them. Every entry
// exports its part of that file, so that all share their classes (docs/decisions/0004).
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

/** The path to the folder of `core.js`, by entry. */
const ENTRIES = { index: '.', flows: '..', keeper: '..', ports: '..', provider: '..' }
const fileOf = entry => (entry === 'index' ? 'index.js' : `${entry}/index.js`)
const names = Object.keys(ENTRIES)

await rm('dist/node', { recursive: true, force: true })
await build({
  stdin: {
    contents: names.map(entry => `export * as ${entry} from './dist/${fileOf(entry)}'`).join('\n'),
    resolveDir: import.meta.dirname,
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  sourcemap: true,
  outfile: 'dist/node/core.js',
  logLevel: 'warning',
})
for (const [entry, folder] of Object.entries(ENTRIES)) {
  const exported = Object.keys(await import(`./dist/${fileOf(entry)}`)).join(', ')
  await mkdir(`dist/node/${entry === 'index' ? '' : entry}`, { recursive: true })
  await writeFile(
    `dist/node/${fileOf(entry)}`,
    `import { ${entry} } from '${folder}/core.js'\nexport const { ${exported} } = ${entry}\n`,
  )
}
