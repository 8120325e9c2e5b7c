/** Quotes a text as one word of a POSIX shell or fish. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Returns a text as one word of the user's shell, quoted only if necessary. */
export function shellWord(text: string): string {
  if (/^[\w./:=@%+,-]+$/.test(text)) return text
  return process.platform === 'win32' ? `"${text}"` : quoted(text)
}
