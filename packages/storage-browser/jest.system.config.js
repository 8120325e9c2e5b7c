import preset from '../../jest.preset.js'

/** The stampede of tabs again, with more expiries. */
export default { ...preset, testMatch: ['<rootDir>/test/stampede.test.ts'] }
