// Replaces the global timers for the tests and the code under test. A test that fakes them does not stop the runtime's
// or the runner's timers. In Jest the tests have their own globals, with the same effect.
import { withGlobal } from '@sinonjs/fake-timers'

const real = globalThis
const own = {
  setTimeout: real.setTimeout.bind(real), // a browser's throw when called on another object
  clearTimeout: real.clearTimeout.bind(real),
  Date,
  Promise,
}

/** Installs fake timers in their place. */
export const fakes = withGlobal(own)

export const setTimeout = ((...args: Parameters<typeof real.setTimeout>) =>
  (0, own.setTimeout)(...args)) as typeof real.setTimeout
export const clearTimeout: typeof real.clearTimeout = timer => (0, own.clearTimeout)(timer)
