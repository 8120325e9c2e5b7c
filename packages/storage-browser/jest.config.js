import preset from '../../jest.preset.js'

/** What needs several tabs, or much time, is in `npm run test:system`. */
export default {
  ...preset,
  testPathIgnorePatterns: [
    ...preset.testPathIgnorePatterns,
    '<rootDir>/test/(tabs|versions|news|stampede|stampede-dpop)\\.test\\.ts$',
  ],
}
