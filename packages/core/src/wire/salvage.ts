import { parseJson } from './json.ts'
import { isToken } from './token-response.ts'

/**
 * Returns the distinct values of a string member in JSON text that may be truncated or contain it twice. The last value
 * comes first, because JSON parsers use that one. An incomplete string does not count.
 */
export function valuesOf(text: string, name: 'access_token' | 'refresh_token'): readonly string[] {
  const member = new RegExp(`(?<!\\\\)"${name}"\\s*:\\s*("(?:\\\\.|[^"\\\\])*")`, 'g')
  const values = [...text.matchAll(member)].map(([, value = '']) => parseJson(value)).filter(isToken)
  return [...new Set(values.reverse())]
}
