import { availableParallelism } from 'node:os'
import preset from '../jest.system.preset.js'

/** What takes long, and what takes a count or a choice from the environment, again with more of it. */
export default {
  ...preset,
  testMatch: ['<rootDir>/system/**/*.test.ts', '<rootDir>/{stampede-files,schedules}.test.ts'],
  testSequencer: '../tools/longest-first.js',
  maxWorkers: availableParallelism() + 1,
}
