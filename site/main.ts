// Builds the documentation site into site/dist, or serves it while documents change: npm run site [-- --dev]
import { parseArgs } from 'node:util'
import { build, createServer } from 'vitepress'
import { findDeadLinks } from './src/dead-links.ts'
import { DIST, SITE } from './src/places.ts'
import { prepare } from './src/prepare.ts'

const { values } = parseArgs({ options: { dev: { type: 'boolean', default: false } } })

await prepare()
if (values.dev) {
  const server = await createServer(SITE)
  await server.listen()
  server.printUrls()
} else {
  await build(SITE)
  const dead = findDeadLinks(DIST)
  if (dead.length > 0) {
    console.error(
      `The site has ${dead.length} dead links. Correct them in the documents:\n${dead.join('\n')}`,
    )
    process.exitCode = 1
  }
}
