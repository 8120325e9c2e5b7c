// The worlds that were reached: millions, so they stand one after the other in one array of numbers.
import type { World } from './layout.ts'

// A global name is looked up slowly in the realm of a Jest test.
const { imul } = Math

/** Gives each world a number, counted from 0; equal worlds get the same one. */
export class Worlds {
  readonly #width: number
  #size = 0
  #numbers: Int32Array
  /** The number of a world, plus 1, at the place that its hash names, or at the next free one. */
  #places = new Int32Array(1 << 10)

  /** @param width How many numbers a world has. */
  constructor(width: number) {
    this.#width = width
    this.#numbers = new Int32Array(width << 9)
  }

  get size(): number {
    return this.#size
  }

  /** Returns the number of a world; it is `size` before the call if the world is new. */
  idOf(world: World): number {
    let place = this.#firstPlace(world, 0)
    for (let id = this.#places[place]! - 1; id >= 0; id = this.#places[place]! - 1) {
      if (this.#isAt(id, world)) return id
      place = (place + 1) & (this.#places.length - 1)
    }
    this.#numbers.set(world, this.#size * this.#width)
    this.#places[place] = ++this.#size
    if (this.#size * 2 === this.#places.length) this.#grow()
    return this.#size - 1
  }

  #firstPlace(numbers: ArrayLike<number>, from: number): number {
    let hash = 0
    for (let at = from; at < from + this.#width; at++) {
      hash = imul(hash ^ numbers[at]!, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash & (this.#places.length - 1)
  }

  #isAt(id: number, world: World): boolean {
    const from = id * this.#width
    for (let at = 0; at < this.#width; at++) if (this.#numbers[from + at] !== world[at]) return false
    return true
  }

  #grow(): void {
    const before = this.#numbers
    this.#numbers = new Int32Array(before.length * 2)
    this.#numbers.set(before)
    this.#places = new Int32Array(this.#places.length * 2)
    for (let id = 0; id < this.#size; id++) {
      let place = this.#firstPlace(this.#numbers, id * this.#width)
      while (this.#places[place]! > 0) place = (place + 1) & (this.#places.length - 1)
      this.#places[place] = id + 1
    }
  }
}
