import { paint } from './terminal.ts'

/** Formats rows in columns below their heading. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) =>
    Math.max(...[heading, ...rows].map(row => row[column]!.length), title.length),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  return [paint('bold', line(heading), process.stdout), ...rows.map(line)].join('\n')
}
