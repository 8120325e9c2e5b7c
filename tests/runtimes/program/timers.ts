// The timers of the tests and of what they test, in place of the global ones: a test that fakes them stops neither
// the runtime's own nor the runner's, as little as Jest does, whose tests have globals of their own.
import { withGlobal } from '@sinonjs/fake-timers'

const real = globalThis
const own = {
  setTimeout: real.setTimeout.bind(real), // a browser's are no methods of anything else
  clearTimeout: real.clearTimeout.bind(real),
  Date,
  Promise,
}

/** Puts fake timers in their place. */
export const fakes = withGlobal(own)

export const setTimeout = ((...args: Parameters<typeof real.setTimeout>) =>
  (0, own.setTimeout)(...args)) as typeof real.setTimeout
export const clearTimeout: typeof real.clearTimeout = timer => (0, own.clearTimeout)(timer)
