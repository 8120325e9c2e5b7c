import preset from '../../jest.preset.js'

/** What runs in every browser. */
export default { ...preset, testMatch: ['<rootDir>/test/system/*.test.ts'] }
