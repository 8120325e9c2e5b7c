import { styleText } from 'node:util'

// Colour only where a person looks: styleText asks the stream, and NO_COLOR, whether it is wanted.
const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
  styleText(style, text, { stream: process.stdout })

export const say = {
  title: (text: string): void => console.log(`\n${paint('bold', text)}`),
  step: (text: string): void => console.log(`  ${text}`),
  detail: (text: string): void => console.log(paint('dim', `    ${text}`)),
  good: (text: string): void => console.log(`  ${paint('green', '✓')} ${text}`),
  bad: (text: string): void => console.log(`  ${paint('red', '✗')} ${text}`),
  /** Rows of cells in columns; the first row is their heading. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
    for (const [i, row] of rows.entries()) {
      const line = row.map((cell, column) => cell.padEnd(widths[column]!)).join('   ')
      console.log(`  ${i === 0 ? paint('bold', line) : line}`)
    }
  },
}

/** A URL without what nobody should read over a shoulder: codes, PINs and tokens. */
export function shownUrl(url: string): string {
  return url.replace(/\b(code|pin|access_token|refresh_token)=[^&#]+/g, '$1=[redacted]')
}
