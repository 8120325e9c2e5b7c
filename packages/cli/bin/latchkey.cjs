#!/usr/bin/env node
// CommonJS: Node takes longer to get its loader of ES modules ready than `latchkey token` takes for all of its work.
try {
  require('../dist/start.cjs')
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND' || error.requireStack?.[0] !== __filename) throw error
  console.error('In this repository, run `npm run build` once; then `npx latchkey` works.')
  process.exitCode = 1
}
