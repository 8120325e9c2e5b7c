// What a preset does with options that a program without types passes.
import { describe, expect, test } from '@jest/globals'
import { optionsIn, readDescribed } from '../../../tools/provider-pages.ts'
import { type Preset, PRESETS } from './play.ts'

const described = await readDescribed()
const withOptions = described.flatMap(({ fixture: { provider: name, options = {} }, source }) => {
  const names = optionsIn(source)
  return names.length === 0 ? [] : [{ name, preset: PRESETS[name]!, options, names }]
})

/** Returns what a call throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return error
  }
}

test('the tests below know the presets with options', () => {
  const names = withOptions.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['auth0', 'github', 'keycloak', 'okta', 'shopify', 'slack']))
  expect(withOptions.find(({ name }) => name === 'okta')!.names).toEqual([
    { name: 'domain', isOptional: false },
    { name: 'server', isOptional: true },
  ])
})

describe.each(withOptions)('$name', ({ name, preset, options, names }) => {
  const required = names.filter(({ isOptional }) => !isOptional)

  test.each([undefined, {}])(
    'called with %j names the missing option and has an example that works',
    given => {
      const thrown = thrownBy(() => preset(given))
      if (required.length === 0) return expect(thrown).toBeUndefined()
      expect(thrown).toBeInstanceOf(TypeError)
      const { message } = thrown as TypeError
      const [, option, example] = /^(\w+) must be [\w ]+, as in (.*)$/.exec(message) ?? [undefined, message]
      expect(option).toBe(required[0]!.name)
      expect(example).toMatch(new RegExp(`^${name}\\(\\{ .* \\}\\)$`))
      const run = new Function(name, `return ${example}`) as (of: Preset) => { name: string }
      expect(run(preset).name).toContain(name)
    },
  )

  test('needs each required option, as text', () => {
    for (const { name: option } of required)
      for (const value of [undefined, null, 5])
        expect(() => preset({ ...options, [option]: value })).toThrow(
          new RegExp(`^${option} must be .*, as in ${name}\\(`),
        )
  })

  test('rejects an option with another name, and lists the known ones', () => {
    const known = names.map(one => one.name).join(', ')
    expect(thrownBy(() => preset({ ...options, Domain: 'x' }))).toEqual(
      new TypeError(`'Domain' is not an option of ${name}(): the options are ${known}`),
    )
  })

  test.each(['example', null, []])('rejects %j in place of the options', given => {
    const thrown = thrownBy(() => preset(given as never))
    if (Array.isArray(given) && required.length === 0) return expect(thrown).toBeUndefined()
    expect(thrown).toBeInstanceOf(TypeError)
  })
})
