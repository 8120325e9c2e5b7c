import { platform } from '../platform.ts'

/** Parameters to send. A parameter that is undefined or null is left out. */
export type Parameters = Readonly<Record<string, string | null | undefined>>

/**
 * Returns `application/x-www-form-urlencoded` text, in the order given (RFC 6749 appendix B). A space becomes `%20`,
 * which form decoders and plain percent decoders both accept.
 */
export function encodeForm(parameters: Parameters): string {
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] != null)
  return new platform.URLSearchParams(present).toString().replaceAll('+', '%20')
}

/** Returns the name and value of every parameter of form-encoded text, in order. It accepts any text. */
export function decodeForm(text: string): [string, string][] {
  return [...new platform.URLSearchParams(text)]
}
