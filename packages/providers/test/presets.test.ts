// Every preset plays against a server that enforces what its provider documents: `fixtures/`.
import { describe, expect, test } from '@jest/globals'
import * as presets from '@latchkey/providers'
import { checksOf, type Preset, readFixtures } from './play.ts'

const fixtures = await readFixtures()
const byName = fixtures.map(fixture => [fixture.provider, fixture] as const)

test('every preset has a fixture, and every fixture a preset', () => {
  expect(fixtures.map(({ provider }) => provider).sort()).toEqual(Object.keys(presets).sort())
})

describe.each(byName)('%s', (name, fixture) => {
  const provider = (presets as unknown as Record<string, Preset>)[name]!(fixture.options)
  test.each(checksOf(provider, fixture))('%s', (_, check) => check())
})
