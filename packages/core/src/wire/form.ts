import { platform } from '../platform.ts'

/** Parameters to send. A parameter that is undefined or null is left out; an array is sent as several of one name. */
export type Parameters = Readonly<Record<string, string | readonly string[] | null | undefined>>

/** Returns the name and value of every parameter that is sent. */
export function entriesOf(parameters: Parameters): [string, string][] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  )
}

/**
 * Returns `application/x-www-form-urlencoded` text, in the order given (RFC 6749 appendix B). A space becomes `%20`,
 * which form decoders and plain percent decoders both accept.
 */
export function encodeForm(parameters: Parameters): string {
  return new platform.URLSearchParams(entriesOf(parameters)).toString().replaceAll('+', '%20')
}

/** Returns the name and value of every parameter of form-encoded text, in order. It accepts any text. */
export function decodeForm(text: string): [string, string][] {
  return [...new platform.URLSearchParams(text)]
}
