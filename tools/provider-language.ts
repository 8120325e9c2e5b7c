// What each member of a description means, and each helper of `quirks`: the doc comments of core.
import ts from 'typescript'
import { find, membersOf, paragraphsOf, parse } from './doc-comments.ts'

const CORE = new URL('../packages/core/src/provider/', import.meta.url)
const provider = parse(new URL('provider.ts', CORE))
const description = parse(new URL('description.ts', CORE))
const helpers = parse(new URL('quirk-functions.ts', CORE))

export interface Member {
  /** Its path, such as `api.origins`. */
  readonly name: string
  readonly type: string
  readonly meaning: string
  readonly isOptional: boolean
}

/** The members that `ProviderDescription` declares in another way than `Provider`. */
const declaredAgain = membersOf(description, 'ProviderDescription')

/** What a description has in a member that a provider has in another form. */
const DESCRIBED: Readonly<Record<string, string>> = {
  clientAuthentication:
    'How the client authenticates at the token endpoint (RFC 6749 section 2.3.1). Default: `client_secret_basic`, with HTTP Basic, which every server that issues secrets must support. Others: `client_secret_post`, in the body; `none`; a function such as `privateKeyJwt`.',
  pkce: 'PKCE (RFC 7636). Default: `S256`. Others: `none`, for a server that fails with it; a function such as `s256`, which returns the parameters.',
}

/** Every member of a description. Members that are objects are followed by their own. */
export const MEMBERS: readonly Member[] = membersOf(provider, 'Provider').flatMap(member => read(member, ''))

/** What each helper does. */
export const HELPERS: ReadonlyMap<string, string> = new Map(
  helpers.statements
    .filter(statement => ts.canHaveModifiers(statement) && ts.getModifiers(statement))
    .map(statement => {
      const [name] = find(statement, ts.isIdentifier)
      return [name!.text, paragraphsOf(statement)[0]!]
    }),
)

function read(member: ts.PropertySignature, prefix: string): readonly Member[] {
  const name = prefix + member.name.getText()
  const again = prefix === '' ? declaredAgain.find(one => one.name.getText() === name) : undefined
  const [special = ''] = again ? paragraphsOf(again) : []
  const type = (again ?? member).type!.getText().replace(/\breadonly | \| undefined$/g, '')
  const shape = membersOf(provider, type.replace('[]', ''))
  const comment = paragraphsOf(member)[0] || commentOfType(type.replace('[]', ''))
  return [
    {
      name,
      type: shape.length === 0 ? type.replace(/\s+/g, ' ') : shapeOf(type, shape),
      meaning:
        DESCRIBED[name] ??
        (special.startsWith('Default') ? `${comment} ${special}`.trim() : special || comment),
      isOptional: (again ?? member).questionToken !== undefined,
    },
    ...shape.flatMap(one => read(one, `${name}${type.endsWith('[]') ? '[]' : ''}.`)),
  ]
}

/** A member without a comment is described by that of its type. */
function commentOfType(name: string): string {
  const isType = (node: ts.Node): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
    (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text === name
  return find(provider, isType).flatMap(paragraphsOf)[0] ?? ''
}

function shapeOf(type: string, members: readonly ts.PropertySignature[]): string {
  const names = members.map(one => one.name.getText() + (one.questionToken ? '?' : ''))
  return `{ ${names.join(', ')} }${type.endsWith('[]') ? '[]' : ''}`
}
