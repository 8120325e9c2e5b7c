// What an editor shows of the main entry of core.
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const MAIN = `${root}packages/core/src/index.ts`

/** Returns the names of what has no doc comment: exports, and the public members of interfaces and classes. */
function undocumented(): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.test.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram([MAIN], options)
  const checker = program.getTypeChecker()
  const isBare = (symbol: ts.Symbol): boolean => symbol.getDocumentationComment(checker).length === 0
  const module = checker.getSymbolAtLocation(program.getSourceFile(MAIN)!)!
  const all = checker.getExportsOfModule(module).flatMap(exported => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const [declaration] = symbol.declarations ?? []
    const hasMembers =
      declaration && (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration))
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
  expect(all.length).toBeGreaterThan(200)
  return all.filter(([, symbol]) => isBare(symbol)).map(([name]) => name)
}

/** The name and the code of an error class say themselves what they are. */
const isOverride = (member: ts.Declaration): boolean =>
  (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Override | ts.ModifierFlags.Private)) !== 0

test('every export of core and every public member of it has a doc comment', () => {
  expect(undocumented().filter(name => !name.endsWith('Error.code'))).toEqual([])
})
