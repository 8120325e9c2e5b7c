// Tests start hundreds of processes from source. Node keeps what it compiles and the types that it removes, so that each starts
// in a third of the time.
process.env.NODE_COMPILE_CACHE ??= new URL('.tmp/compile-cache', import.meta.url).pathname

// Tests read what processes print.
process.env.FORCE_COLOR = '0'

/** Every package's Jest settings: ES modules in TypeScript, other packages of the workspace from source. */
export default {
  testEnvironment: new URL('tools/jest-environment.js', import.meta.url).pathname,
  // Long, because machines may be busy.
  testTimeout: 300_000,
  // One project, or two that often wait, may have the whole machine.
  maxWorkers: '100%',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // `npm run test:system` runs them.
  testPathIgnorePatterns: ['<rootDir>/test/system/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['@latchkey/source', 'node', 'node-addons'] },
  // `npm run soak -- --shard i/n` runs a part of the files.
  ...(process.env.LATCHKEY_SHARD && {
    filter: new URL('tools/soak/files.cjs', import.meta.url).pathname,
    passWithNoTests: true,
  }),
  setupFilesAfterEnv: [new URL('tools/quiet-console.js', import.meta.url).pathname],
}
