import { clean } from './clean.ts'

/** Formats rows in columns below their heading. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows].map(row => row.map(clean))
  const widths = heading.map((_, column) => Math.max(...lines.map(row => row[column]!.length)))
  return lines
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
