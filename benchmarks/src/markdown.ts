import type { Cannot } from './contender.ts'
import type { Ratio } from './ratios.ts'

/** Returns a table in Markdown, with columns padded as by prettier. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map(row => [...row[column]!].length)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + ' '.repeat(widths[column]! - [...cell].length)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** Reasons below a table: their marks in the cells, and their list. */
export class Footnotes {
  readonly #reasons: string[] = []

  /** Returns the cell of a contender that cannot do this. */
  of({ cannot }: Cannot): string {
    if (!this.#reasons.includes(cannot)) this.#reasons.push(cannot)
    return `cannot (${this.#reasons.indexOf(cannot) + 1})`
  }

  toString(): string {
    return this.#reasons.map((reason, index) => `(${index + 1}) ${reason}`).join('; ')
  }
}

/** Marks a cell that is better than Latchkey's; the page explains the mark. */
export const marked = (cell: string, isBetter: boolean): string => (isBetter ? `${cell} ▲` : cell)

/** Returns text such as `0.94 (0.91 to 0.97)`. */
export function ratioText({ median, min, max }: Ratio): string {
  return `${three(median)} (${three(min)} to ${three(max)})`
}

export function three(number: number): string {
  return number >= 100 ? Math.round(number).toLocaleString('en') : String(Number(number.toPrecision(3)))
}

export function kilobytes(bytes: number): string {
  return `${three(bytes / 1000)} kB`
}
