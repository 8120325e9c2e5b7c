import preset from '../../jest.preset.js'

/** What runs for minutes in several tabs is in `npm run test:system`, in three browsers. */
export default {
  ...preset,
  testPathIgnorePatterns: ['/test/system/', '/test/(tabs|versions|news|stampede-dpop)\\.test\\.ts$'],
}
