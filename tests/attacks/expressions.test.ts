// No regular expression in shipped code takes quadratic time: each runs on adversarial texts of two lengths.
import { expect, test } from '@jest/globals'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '../..')
const LENGTH = 6_000
/** A time below this, in ms, is too short to compare. */
const SHORT_MS = 5

interface Expression {
  readonly where: string
  readonly expression: RegExp
}

/** Every expression that is written as a literal, or as `new RegExp` of a string. */
function expressionsOf(file: string): Expression[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(ROOT, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const found: Expression[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const { text } = node
      const end = text.lastIndexOf('/')
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
      found.push({
        where: `${file}:${line} ${text}`,
        expression: new RegExp(text.slice(1, end), text.slice(end + 1)),
      })
    }
    node.forEachChild(visit)
  }
  visit(source)
  return found
}

const expressions = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).sort().flatMap(expressionsOf)

/** Texts that make an expression try again from every position: pieces of it, and characters that often repeat. */
function piecesOf({ source }: RegExp): string[] {
  const literals = source.replace(/\\[dDwWsSbBnrt]|\[[^\]]*\]|\\?[^\w\s"'%&=/:.,;@-]/g, ' ').split(/\s+/)
  const own = literals.filter(text => text !== '').flatMap(text => [text, text.replaceAll('\\', '')])
  return [
    ...new Set([
      ...own,
      ' ',
      '/',
      'a',
      '0',
      '"',
      '\\',
      '%',
      '%2',
      '%41',
      '-',
      '_',
      '.',
      ':',
      '\n',
      '=',
      'a ',
      '":"',
      '&#1',
      '\\u00',
      '[',
      '<a',
      'é',
      '\ud800',
    ]),
  ]
}

/**
 * Returns the processor time of this thread, in ms: what else the machine does, and the collection of garbage, do not count.
 * Only the sum of both parts is exact; the system estimates how much of it is whose.
 */
function time(expression: RegExp, text: string): number {
  expression.lastIndex = 0
  const before = process.threadCpuUsage()
  if (expression.flags.includes('g')) text.replace(expression, '')
  else expression.test(text)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** The least of three times. */
const best = (expression: RegExp, text: string): number =>
  Math.min(...[1, 2, 3].map(() => time(expression, text)))

test(`${expressions.length} expressions take at most linear time`, () => {
  expect(expressions.length).toBeGreaterThan(50)
  const slow = expressions.flatMap(({ where, expression }) =>
    piecesOf(expression).flatMap(piece => {
      const of = (length: number): string[] => {
        const text = piece.repeat(Math.ceil(length / piece.length))
        return [text, `${text}!`, `x${text}\u0000`]
      }
      return of(2 * LENGTH).flatMap((long, at) => {
        const longMs = time(expression, long)
        if (longMs < SHORT_MS) return []
        const ratio = best(expression, long) / best(expression, of(LENGTH)[at]!)
        return ratio > 3 ? [`${where} on ${JSON.stringify(piece)}: ${ratio.toFixed(1)}`] : []
      })
    }),
  )
  expect(slow).toEqual([])
})

test('an expression that takes quadratic time is found', () => {
  const expression = /\/+$/
  const text = (length: number): string => `${'/'.repeat(length)}!`
  // 256 times, where a linear one takes 16 times: a busy machine measures neither exactly.
  expect(best(expression, text(4 * LENGTH)) / best(expression, text(LENGTH / 4))).toBeGreaterThan(64)
})
