// The shards of `npm run soak`: together they run everything, and nothing twice.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { DIVIDES_ITSELF, filesOf, partOf, type Shard, shardOf, shareOf } from '../tools/soak/shard.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const shardsOf = (count: number): Shard[] =>
  Array.from({ length: count }, (_, at) => ({ index: at + 1, count }))

test.each([1, 2, 7, 40, 400])('%i shards have every case once', count => {
  const cases = Array.from({ length: 1_632 }, (_, at) => at)
  const parts = shardsOf(count).map(shard => partOf(cases, shard))
  expect(parts.flat().sort((a, b) => a - b)).toEqual(cases)
  const sizes = parts.map(part => part.length)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
})

test.each([
  [10_000, 1],
  [10_000, 7],
  [300, 40],
  [3, 10],
])('%i repetitions are shared by %i shards', (total, count) => {
  expect(shardsOf(count).reduce((sum, shard) => sum + shareOf(total, shard), 0)).toBe(total)
})

test('files that divide their own cases run in every shard, each other file in one', () => {
  const files = globSync(['packages/*/test/system/*.test.ts', 'tests/{.,system}/*.test.ts'], { cwd: ROOT })
  const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
  const divided = files.filter(path => DIVIDES_ITSELF.test(read(path)))
  expect(divided).toContain('packages/core/test/system/interleavings.test.ts')
  expect(divided.length).toBeGreaterThan(9)
  const ran = shardsOf(5).flatMap(shard => filesOf(files, read, shard))
  for (const path of files)
    expect(ran.filter(one => one === path)).toHaveLength(divided.includes(path) ? 5 : 1)
})

test('a test that runs for longer in a soak divides its cases', () => {
  const files = globSync(['packages/*/test/**/*.ts', 'tests/**/*.ts'], { cwd: ROOT })
  const asks = files.filter(path =>
    /process\.env\['LATCHKEY_(SOAK|SHARD)'\]/.test(readFileSync(join(ROOT, path), 'utf8')),
  )
  expect(asks).toEqual([])
})

test.each(['', '0/3', '4/3', '1', '1/0', '1/3x', '-1/3', '1.5/3'])('--shard %s is rejected', text => {
  expect(() => shardOf(text)).toThrow(TypeError)
  expect(() => shardOf(text)).toThrow('--shard must be i/n')
})

test('--shard 2/12 is read', () => {
  expect(shardOf('2/12')).toEqual({ index: 2, count: 12 })
})
