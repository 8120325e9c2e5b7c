// The order of `npm run test:system`: the longest suites begin first, so that no core waits for one at the end.
import TestSequencer from '@jest/test-sequencer'

/** Suites that take more than about two minutes. */
const LONGEST = [
  'tests/system/runtimes',
  'packages/storage-fs/test/system/crash',
  'tests/system/late',
  'site/test/system/site',
  'tests/system/projects',
  'tests/system/packages',
  'tests/system/kills-files',
  'tests/system/stampede-redis',
  'packages/storage-browser/test/tabs',
  'packages/storage-sql/test/system/kills',
  'packages/storage-browser/test/contract',
  'packages/core/test/system/interleavings',
  'packages/storage-browser/test/stampede-dpop',
  'packages/storage-sql/test/system/databases',
  'packages/storage-sql/test/system/contract',
  'packages/storage-browser/test/versions',
  'packages/storage-redis/test/system/failover',
  'packages/storage-browser/test/stampede',
  'examples/web-frameworks/test/frameworks',
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
