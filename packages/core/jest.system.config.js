import preset from '../../jest.system.preset.js'

/** What takes long, and what takes a count from the environment, again with more of it. */
export default { ...preset, testMatch: [...preset.testMatch, '<rootDir>/test/properties.test.ts'] }
