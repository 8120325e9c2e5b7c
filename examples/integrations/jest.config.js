import preset from '../../jest.preset.js'

export default {
  ...preset,
  testMatch: ['<rootDir>/{next-auth,test}/*.test.ts'],
  // Jest cannot load the ES module for graphql-tag, which is CommonJS.
  moduleNameMapper: {
    ...preset.moduleNameMapper,
    '^graphql$': '<rootDir>/../../node_modules/graphql/index.js',
  },
}
