import TestSequencer from '@jest/test-sequencer'

/** Suites that mostly wait for other programs: they begin first, beside those that use the processor. */
const WAITING = /\/(late|runtimes|packages)\.test\.ts$/

export default class extends TestSequencer {
  sort(tests) {
    const isWaiting = ({ path }) => WAITING.test(path)
    return [...super.sort(tests)].sort((a, b) => isWaiting(b) - isWaiting(a))
  }
}
