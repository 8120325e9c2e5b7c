// The order of `npm run test:system`: the longest suites begin first, so that no core waits for one at the end. Two that wait for
// other programs, or for a clock, are not neighbours of each other.
import TestSequencer from '@jest/test-sequencer'

/** Suites that take more than about two minutes. */
const LONGEST = [
  'tests/system/runtimes',
  'site/test/system/site',
  'tests/system/late',
  'tests/system/packages',
  'packages/storage-browser/test/contract',
  'tests/system/stampede-redis',
  'packages/core/test/system/interleavings',
  'packages/storage-sql/test/system/kills',
  'packages/storage-browser/test/stampede',
  'tests/system/kills-files',
  'packages/storage-fs/test/system/crash',
  'packages/storage-browser/test/stampede-dpop',
  'tests/system/projects',
  'packages/storage-browser/test/tabs',
  'packages/storage-sql/test/system/contract',
  'packages/storage-browser/test/versions',
  'packages/cli/test/system/keychain',
  'packages/storage-browser/test/news',
]

const placeOf = ({ path }) => {
  const place = LONGEST.findIndex(name => path.endsWith(`/${name}.test.ts`))
  return place === -1 ? LONGEST.length : place
}

export default class extends TestSequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => placeOf(a) - placeOf(b))
  }
}
