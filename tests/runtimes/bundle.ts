// The tests as one program for a runtime: the very files that Jest runs, with what they import from Jest replaced.
import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = fileURLToPath(new URL('program/', import.meta.url))

/** Where a program runs: with the modules of Node, or with what the web has. */
export type World = 'node' | 'web'

/** What the tests import, and what they get instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  '@jest/globals': `${PROGRAM}globals.ts`,
  // The server of the contract runs in Node, whatever runtime asks it.
  'jest-util': `${PROGRAM}of-jest.ts`,
  'jest-message-util': `${PROGRAM}of-jest.ts`,
  '@latchkey/test-kit/node': `${PROGRAM}contract-server.ts`,
}

const replaced: Plugin = {
  name: 'replaced',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path }) =>
      Object.hasOwn(INSTEAD, path) ? { path: INSTEAD[path]! } : undefined,
    )
  },
}

/** A file keeps its address, though it is in another file now. */
const ownAddress: Plugin = {
  name: 'own-address',
  setup({ onLoad }) {
    onLoad({ filter: /\/(tests?|tools)\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const contents = source
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
      return { contents, loader: 'ts' }
    })
  },
}

const withoutNode: Plugin = {
  name: 'without-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path }) => (isBuiltin(path) ? { path, namespace: 'absent' } : undefined))
    onLoad({ filter: /./, namespace: 'absent' }, async ({ path }) => {
      const name = path.replace(/^(node:)?/, 'node:')
      const exported = Object.keys((await import(name)) as object).filter(one => /^\w+$/.test(one))
      const lines = exported.map(
        one => `const _${one} = absent('${name}.${one}'); export { _${one} as ${one} }`,
      )
      return { contents: [`import { absent } from './absent.js'`, ...lines].join('\n'), resolveDir: PROGRAM }
    })
  },
}

/** The program that runs `files`, from the project's root, one by one; `host` is the part that belongs to the runtime. */
export async function bundle(world: World, host: string, files: readonly string[]): Promise<string> {
  const loads = files.map(file => `${JSON.stringify(file)}: () => import(${JSON.stringify(ROOT + file)}),`)
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { run } from './${host}.ts'
        const files = {\n${loads.join('\n')}\n}
        export default run({ setUp: () => import('./setup.ts'), files })`,
      resolveDir: PROGRAM,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: world === 'node' ? 'node' : 'browser',
    conditions: ['@latchkey/source'],
    logLevel: 'error',
    banner:
      world === 'node'
        ? {
            js: `import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(${JSON.stringify(import.meta.url)})`,
          }
        : {},
    define:
      world === 'node'
        ? { 'process.execPath': 'process.env.RUNTIME' }
        : { 'process.env': 'globalThis.env', global: 'globalThis' },
    inject: world === 'node' ? [`${PROGRAM}timers.ts`] : [],
    plugins: [replaced, ownAddress, ...(world === 'node' ? [] : [withoutNode])],
  })
  return outputFiles[0]!.text
}
