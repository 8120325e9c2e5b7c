// What a part of the page is: measured in a process of its own, its result is JSON, and words and plots are made of that.
export interface Options {
  /** Fewer rounds and smaller numbers, to see that it works. */
  readonly quick: boolean
}

export interface Section<Data> {
  readonly title: string
  measure(options: Options): Promise<Data>
  /** The part of the page, in Markdown, without its title; `plot` draws a plot and returns the Markdown that shows it. */
  render(data: Data, plot: (name: string, spec: object) => Promise<string>): Promise<string> | string
}
