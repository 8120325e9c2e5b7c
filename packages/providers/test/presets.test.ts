// Every preset plays against a server that enforces what its provider documents: `fixtures/`.
import { describe, expect, test } from '@jest/globals'
import { checksOf, PRESETS, readFixtures } from './play.ts'

const fixtures = await readFixtures()
const byName = fixtures.map(fixture => [fixture.provider, fixture] as const)

test('every preset has a fixture, and every fixture a preset', () => {
  expect(fixtures.map(({ provider }) => provider).sort()).toEqual(Object.keys(PRESETS).sort())
})

describe.each(byName)('%s', (name, fixture) => {
  const provider = PRESETS[name]!(fixture.options)
  test.each(checksOf(provider, fixture))('%s', (_, check) => check())
})
