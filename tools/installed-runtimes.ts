// The programs of other runtimes, which `npm run prepare-machine -- --runtimes` installs.
import { fileURLToPath } from 'node:url'

const pathOf = (program: string): string =>
  fileURLToPath(new URL(`runtimes/node_modules/${program}`, import.meta.url))

export const INSTALLED = {
  'Node 22': pathOf('node-22/bin/node'),
  'Node 26': pathOf('node-26/bin/node'),
  Deno: pathOf('deno/deno'),
  Bun: pathOf('bun/bin/bun.exe'),
  workerd: pathOf('workerd/bin/workerd'),
}
