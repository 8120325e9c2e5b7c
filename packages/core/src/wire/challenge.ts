/** A parameter of `WWW-Authenticate` (RFC 9110 section 11.2): its name, and its value in quotes or not. */
const PARAMETER = /(?<![\w-])([\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([^\s,]*))/g

/** Returns the parameters of `WWW-Authenticate` with their names in lower case, in order; a name may repeat. */
export function challengeParameters(header: string): readonly (readonly [string, string])[] {
  return [...header.matchAll(PARAMETER)].map(([, name = '', double, single, bare = '']) => [
    name.toLowerCase(),
    double?.replace(/\\(.)/g, '$1') ?? single ?? bare,
  ])
}
