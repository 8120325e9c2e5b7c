// What `npm run test:system` runs.
import { poolOf } from './tools/jest-pool.js'

export default {
  ...(await poolOf('test:system', 'jest.system.config.js')),
  testSequencer: './tools/longest-first.js',
}
