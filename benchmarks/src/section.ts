// A section of the page is measured in its own process. Its result is JSON, from which the text and plots are made.
import type { Draw } from './plot.ts'

export interface Options {
  /** Use fewer rounds and smaller numbers, to check that it works. */
  readonly quick: boolean
}

export interface Section<Data> {
  readonly title: string
  measure(options: Options): Promise<Data>
  /** Returns the section in Markdown, without its title. */
  render(data: Data, draw: Draw): Promise<string> | string
}
