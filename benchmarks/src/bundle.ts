// The same program with each contender: obtains tokens by code and refreshes them once.
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { type ContenderName, fileOf } from './contenders.ts'

export interface Size {
  readonly min: number
  readonly gzip: number
  readonly brotli: number
}

const program = (name: ContenderName, begin: 'begin' | 'beginPkce'): string => `
  import { ${begin} as begin, exchange, refresh } from '${fileOf(name)}'
  export async function main(server, open, redirected) {
    const begun = await (await begin(server))()
    open(begun.url)
    const tokens = await (await exchange(server))(await redirected(), begun)
    return (await refresh(server))(tokens.refresh_token)
  }`

/** Returns the size, bundled and minified as for a page; modules of Node that a contender needs are left out. */
export function sizeOf(name: ContenderName, begin: 'begin' | 'beginPkce' = 'begin'): Promise<Size> {
  return sizeOfProgram(program(name, begin))
}

export async function sizeOfProgram(contents: string): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['@latchkey/source', 'browser'],
    logLevel: 'error',
  })
  const code = outputFiles[0]!.contents
  return {
    min: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    brotli: brotliCompressSync(code).length,
  }
}
