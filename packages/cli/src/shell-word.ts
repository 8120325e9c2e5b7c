/** Quotes a text as one word of a POSIX shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Returns a text as one word of the user's shell, quoted only if necessary: zsh expands a `=` at the beginning. */
export function shellWord(text: string): string {
  if (/^[\w./:@%+,-][\w./:=@%+,-]*$/.test(text)) return text
  return process.platform === 'win32' ? `"${text}"` : quoted(text)
}
