// Bundles the tests into one program for a runtime: the files that Jest runs, with their imports from Jest replaced.
import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = fileURLToPath(new URL('program/', import.meta.url))

/** What a program can import: the modules of Node, or web APIs only. */
export type World = 'node' | 'web'

/** The replacement of each import. */
const INSTEAD: Readonly<Record<string, string>> = {
  '@jest/globals': `${PROGRAM}globals.ts`,
  // The server of the contract always runs in Node.
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

/** Keeps `import.meta.url` of each file, although the bundle is one file. */
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

/** Lets tests fake the timers of core too: it calls those of its platform object, which no injected name replaces. */
const coreTimers: Plugin = {
  name: 'core-timers',
  setup({ onLoad }) {
    onLoad({ filter: /\/packages\/core\/src\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      return { contents: source.replaceAll(/\bplatform\.((?:set|clear)Timeout)\b/g, '$1'), loader: 'ts' }
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

/** Returns the program that runs `files`, one by one; `host` is the part that belongs to the runtime. */
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
    plugins: [replaced, ownAddress, ...(world === 'node' ? [coreTimers] : [withoutNode])],
  })
  return outputFiles[0]!.text
}
