import preset from './jest.preset.js'

/** What files that `npm test` runs, too, have more of here. */
const ENVIRONMENT = {
  LATCHKEY_CASES: '60000',
  LATCHKEY_EXPIRIES: '50',
  LATCHKEY_SCHEDULES: '3400',
  LATCHKEY_NODES: '22,24,26',
  LATCHKEY_BROWSERS: 'Chromium,Firefox,WebKitGTK',
}
for (const [name, value] of Object.entries(ENVIRONMENT)) process.env[name] ??= value

/** The Jest settings of what `npm run test:system` runs in a package. */
export default {
  ...preset,
  testMatch: ['<rootDir>/test/system/**/*.test.ts'],
  testPathIgnorePatterns: [],
  // A soak takes hours.
  testTimeout: 7_200_000,
}
