import preset from '../../jest.preset.js'

/** What takes long, and what takes a count from the environment, again with more of it. */
export default {
  ...preset,
  testMatch: ['<rootDir>/test/system/**/*.test.ts', '<rootDir>/test/properties.test.ts'],
  testTimeout: 7_200_000,
}
