import preset from '../../jest.system.preset.js'

/** What takes long, and what runs in every supported version of Node. */
export default {
  ...preset,
  testMatch: [...preset.testMatch, '<rootDir>/test/{proxies,redirects}.test.ts'],
}
