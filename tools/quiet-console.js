// Fails a test that writes to the console without asserting it: warnings of the library are part of its behaviour, and an
// unasserted one would go unnoticed.
import { afterEach, beforeEach, expect } from '@jest/globals'

const METHODS = ['debug', 'info', 'log', 'warn', 'error']
const original = { ...console }
let written

beforeEach(() => {
  written = []
  for (const method of METHODS) {
    console[method] = (...parts) => {
      written.push([method, ...parts])
      original[method](...parts)
    }
  }
})

afterEach(() => {
  Object.assign(console, original)
  expect(written).toEqual([])
})
