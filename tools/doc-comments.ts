// Reads doc comments, types and expressions of the sources, for the documents that are generated from them.
import { readFileSync } from 'node:fs'
import ts from 'typescript'

export function parse(path: URL): ts.SourceFile {
  return ts.createSourceFile(path.pathname, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext, true)
}

/** Returns every node below `node` that passes `is`, in the order of the source. */
export function find<T extends ts.Node>(node: ts.Node, is: (node: ts.Node) => node is T): readonly T[] {
  const found: T[] = []
  const visit = (child: ts.Node): void => {
    if (is(child)) found.push(child)
    ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return found
}

/** Returns the paragraphs of a doc comment without its tags, each in one line. */
export function paragraphsOf(node: ts.Node): readonly string[] {
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)?.comment
  return (ts.getTextOfJSDocComment(comment) ?? '').split(/\n\s*\n/).map(text => text.replace(/\s+/g, ' '))
}

/** Returns the members of an interface. */
export function membersOf(file: ts.SourceFile, name: string): readonly ts.PropertySignature[] {
  const [found] = find(file, ts.isInterfaceDeclaration).filter(one => one.name.text === name)
  return found ? found.members.filter(ts.isPropertySignature) : []
}
