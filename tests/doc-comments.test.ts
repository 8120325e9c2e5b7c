// What an editor and the API pages of the site show of every entry of every package.
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import ts from 'typescript'
import { FOLDERS, manifestOf, ROOT } from '../tools/release/packages.ts'

const ENTRIES = FOLDERS.flatMap(folder =>
  Object.values(manifestOf(folder).exports).flatMap(target =>
    typeof target === 'string' ? [] : [join(ROOT, folder, target['@latchkey/source'])],
  ),
)

/** Returns the names of what has no doc comment: exports, and the public members of interfaces and classes. */
function undocumented(): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.test.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  // Comments need no types of the platform; without them it takes half the time.
  const program = ts.createProgram(ENTRIES, { ...options, noLib: true, types: [] })
  const checker = program.getTypeChecker()
  const commentOf = (symbol: ts.Symbol): string =>
    ts.displayPartsToString(symbol.getDocumentationComment(checker))
  const exported = new Set(
    ENTRIES.flatMap(entry =>
      checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!),
    ).map(symbol => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)),
  )
  const all = [...exported].flatMap(symbol => {
    const [declaration] = symbol.declarations ?? []
    const hasMembers =
      declaration &&
      (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration)) &&
      !commentOf(symbol).includes('describes each')
    const members = hasMembers ? [...declaration.members] : []
    return [
      [symbol.name, symbol] as const,
      ...members
        .filter(member => member.name && !ts.isPrivateIdentifier(member.name) && !isOverride(member))
        .map(
          member =>
            [`${symbol.name}.${member.name!.getText()}`, checker.getSymbolAtLocation(member.name!)!] as const,
        ),
    ]
  })
  expect(all.length).toBeGreaterThan(1_000)
  return all.filter(([, symbol]) => commentOf(symbol) === '').map(([name]) => name)
}

/** The name and the code of an error class say themselves what they are. */
const isOverride = (member: ts.Declaration): boolean =>
  (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Override | ts.ModifierFlags.Private)) !== 0

/** Matches members whose names say it: the code of an error, the `type` of a state, a parameter that an RFC defines. */
const SAID = /Error\.code$|\.type$|\.\w+_\w+$/

test('every export of a package and every public member of it has a doc comment', () => {
  expect(undocumented().filter(name => !SAID.test(name))).toEqual([])
})
