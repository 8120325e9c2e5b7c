// Jest's filter of test files in a shard.
const { readFileSync } = require('node:fs')

module.exports = async paths => {
  const { filesOf } = await import('./shard.ts')
  return { filtered: filesOf(paths, path => readFileSync(path, 'utf8')) }
}
