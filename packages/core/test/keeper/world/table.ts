/** Values with the same key get the same number, counted from 1. */
export class Table<T> {
  readonly #keyOf: (value: T) => unknown
  readonly #ids = new Map<unknown, number>()
  readonly #values: T[] = []

  constructor(keyOf: (value: T) => unknown) {
    this.#keyOf = keyOf
  }

  idOf(value: T): number {
    const key = this.#keyOf(value)
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    this.#values.push(value)
    this.#ids.set(key, this.#values.length)
    return this.#values.length
  }

  at(id: number): T {
    const value = this.#values[id - 1]
    if (value === undefined) throw new RangeError(`no value has the number ${id}`)
    return value
  }

  get size(): number {
    return this.#values.length
  }
}
