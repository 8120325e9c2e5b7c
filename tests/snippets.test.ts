// Every block of TypeScript in the documents is a complete program that compiles in strict mode.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DOCUMENTS = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/README.md'], {
  cwd: ROOT,
})

/**
 * Returns the blocks of a document, each as a file next to it, which has the name in `<!-- file: NAME -->` if others import it.
 * Excerpts of the code are left out: another test checks them.
 */
function snippetsOf(document: string): [string, string][] {
  const text = readFileSync(join(ROOT, document), 'utf8')
  const blocks = [...text.matchAll(/(?:<!-- (code|file): (.*) -->\n\n)?```ts\n([\s\S]*?)```/g)]
  return blocks
    .filter(([, mark]) => mark !== 'code')
    .map(([, , name, code = ''], at) => [
      name ? join(ROOT, dirname(document), name) : join(ROOT, `${document}.${at + 1}.mts`),
      code,
    ])
}

/** Returns the compiler's errors for files that are in memory only. */
function errorsIn(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.test.json'), path => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT)
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile } = host
  host.fileExists = path => files.has(path) || fileExists(path)
  host.readFile = path => files.get(path) ?? readFile(path)
  const program = ts.createProgram([...files.keys()], options, host)
  const found = [...files.keys()].flatMap(path => {
    const file = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
  })
  return found.map(({ file, start = 0, messageText }) => {
    const line = file!.text.slice(0, start).split('\n').at(-1)! + file!.text.slice(start).split('\n')[0]
    return `${file!.fileName.slice(ROOT.length)}: ${line.trim()}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

test('every snippet compiles, with its imports, without changes', () => {
  const files = new Map(DOCUMENTS.flatMap(snippetsOf))
  expect(files.size).toBeGreaterThan(60)
  files.set(join(ROOT, 'wrong.mts'), `import { Client } from '@latchkey/core'\nnew Client(1)\nstore`)
  expect(errorsIn(files)).toEqual([
    expect.stringContaining('wrong.mts: new Client(1): Argument of type'),
    expect.stringContaining("wrong.mts: store: Cannot find name 'store'"),
  ])
})
