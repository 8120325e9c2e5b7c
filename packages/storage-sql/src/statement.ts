import type { Parameter } from './connector.ts'

/** The parameters of all statements. */
export interface Parameters {
  readonly key: string
  readonly expected: string
  readonly version: string
  readonly value: string
  readonly expiresAtMs: number | null
  readonly limit: number
  readonly channel: string
}

type Name = keyof Parameters

/** A statement, and which parameters its placeholders are. */
export interface Statement {
  readonly text: string
  readonly names: readonly Name[]
}

/** SQL with gaps for parameters: one more piece than names. */
export interface Draft {
  readonly pieces: readonly string[]
  readonly names: readonly Name[]
}

const parameter = (name: Name): Draft => ({ pieces: ['', ''], names: [name] })

/** The parameters, as parts of a statement. */
export const P: { readonly [N in Name]: Draft } = {
  key: parameter('key'),
  expected: parameter('expected'),
  version: parameter('version'),
  value: parameter('value'),
  expiresAtMs: parameter('expiresAtMs'),
  limit: parameter('limit'),
  channel: parameter('channel'),
}

/** A template tag that joins SQL and other drafts. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (string | Draft)[]): Draft {
  const pieces = [strings[0]!]
  const names: Name[] = []
  parts.forEach((part, index) => {
    const [first, ...others] = typeof part === 'string' ? [part] : part.pieces
    pieces.push(`${pieces.pop()}${first}`, ...others)
    pieces.push(`${pieces.pop()}${strings[index + 1]}`)
    if (typeof part !== 'string') names.push(...part.names)
  })
  return { pieces, names }
}

/** Returns the statement with the placeholders of a dialect. `number` counts from 1. */
export function render({ pieces, names }: Draft, placeholder: (number: number) => string): Statement {
  const [first, ...others] = pieces
  return { text: others.reduce((text, piece, index) => text + placeholder(index + 1) + piece, first!), names }
}

/** Returns the values of a statement's placeholders. */
export function bind({ names }: Statement, parameters: Partial<Parameters>): Parameter[] {
  return names.map(name => parameters[name] ?? null)
}
