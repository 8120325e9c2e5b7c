import preset from '../../jest.preset.js'

/** What takes long, and the stampede of tabs again, with more expiries. */
export default {
  ...preset,
  testMatch: ['<rootDir>/test/system/*.test.ts', '<rootDir>/test/stampede.test.ts'],
}
