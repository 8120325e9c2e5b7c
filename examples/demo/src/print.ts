import { styleText } from 'node:util'

// styleText uses colours only if the stream is a terminal and NO_COLOR is not set.
const styled = (style: Parameters<typeof styleText>[0], text: string): string =>
  styleText(style, text, { stream: process.stdout })

export const print = {
  title: (text: string): void => console.log(`\n${styled('bold', text)}`),
  step: (text: string): void => console.log(`  ${text}`),
  detail: (text: string): void => console.log(styled('dim', `    ${text}`)),
  success: (text: string): void => console.log(`  ${styled('green', '✓')} ${text}`),
  failure: (text: string): void => console.log(`  ${styled('red', '✗')} ${text}`),
  /** Prints a table. The first row is the heading. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
    for (const [i, row] of rows.entries()) {
      const line = row.map((cell, column) => cell.padEnd(widths[column]!)).join('   ')
      console.log(`  ${i === 0 ? styled('bold', line) : line}`)
    }
  },
}

/** Returns a URL with its codes, PINs and tokens redacted. */
export function redactUrl(url: string): string {
  return url.replace(/\b(code|pin|access_token|refresh_token)=[^&#]+/g, '$1=[redacted]')
}
