// What the documents say is held to what the code does.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import * as core from '@latchkey/core'
import { withDiagrams } from '../tools/diagrams.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('the diagrams in README.md are those of the tables', () => {
  const readme = read('README.md')
  expect(readme).toBe(withDiagrams(readme))
})

test('docs/errors.md has a row for each error class, with its code, and no other', () => {
  const rows = [...read('docs/errors.md').matchAll(/^\| `(\w+)` +\| `(\w+)` +\|/gm)].map(([, code, name]) => [
    name,
    code,
  ])
  const abstract = ['LatchkeyError', 'AuthorizationError']
  const classes = Object.entries(core).filter(
    ([name, value]) => name.endsWith('Error') && typeof value === 'function' && !abstract.includes(name),
  )
  const codes = classes.map(([name, Class]) => {
    const make = Class as new (message: unknown, options: unknown) => core.LatchkeyError
    const error = new make({ message: 'm' }, { sent: 'no' })
    expect(error.name).toBe(name)
    return [name, error.code]
  })
  expect(rows.sort()).toEqual(codes.sort())
})

test('README.md lists every package, and each has a description', () => {
  const readme = read('README.md')
  for (const name of ['core', 'transport-fetch', 'storage-fs', 'test-kit', 'emulator']) {
    expect(readme).toContain(`[\`@latchkey/${name}\`](packages/${name})`)
    expect(JSON.parse(read(`packages/${name}/package.json`))).toMatchObject({
      description: expect.stringMatching(/\w/),
      engines: { node: '>=22' },
    })
  }
})
