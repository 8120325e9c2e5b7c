import { parseJson } from './json.ts'
import { isToken } from './token-response.ts'

/**
 * The distinct values of a string member in JSON text that may be broken off or name it twice, the last one first:
 * that is the one which parsers take. A string that is not complete is none.
 */
export function valuesOf(text: string, name: 'access_token' | 'refresh_token'): readonly string[] {
  const member = new RegExp(`(?<!\\\\)"${name}"\\s*:\\s*("(?:\\\\.|[^"\\\\])*")`, 'g')
  const values = [...text.matchAll(member)].map(([, value = '']) => parseJson(value)).filter(isToken)
  return [...new Set(values.reverse())]
}
