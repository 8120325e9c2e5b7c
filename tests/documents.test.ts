// Compares the documents with the code.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import * as core from '@latchkey/core'
import * as helpers from '@latchkey/core/provider'
import * as presets from '@latchkey/providers'
import { brokenStores } from '@latchkey/test-kit'
import ts from 'typescript'
import { withDiagrams } from '../tools/diagrams.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('docs/architecture.md has the diagrams of the machines, as their tables draw them', () => {
  const architecture = read('docs/architecture.md')
  expect(architecture).toBe(withDiagrams(architecture))
  for (const machine of [
    '`authorization_code`',
    '`implicit`',
    '`pin`',
    '`refresh_token`',
    '`refresh`, deciding',
    '`refresh`, sending',
    '`refresh`, storing',
    '`account-write`',
  ])
    expect(architecture).toContain(`\n${machine}\n\n\`\`\`mermaid\nstateDiagram-v2\n`)
})

test('docs/errors.md has one row for each error class, with its code, and no other row', () => {
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

test('the code in docs/adapters.md is the source of the store over Keyv', () => {
  const blocks = read('docs/adapters.md').matchAll(
    /<!-- code: ([^ ,]+)(?:, from `(.*)`)? -->\n\n```ts\n(.*?)\n```/gs,
  )
  const shown = [...blocks].map(([, path, start = '', code]) => {
    const source = read(path!)
    expect(code).toBe(source.slice(source.indexOf(start)).trimEnd())
    return path
  })
  expect(shown).toEqual(['keyv-token-store', 'turns'].map(name => `packages/storage-keyv/src/${name}.ts`))
})

test('docs/adapters.md lists the mistake of every broken store in the test kit, and no other', () => {
  const [, mistakes = ''] = read('docs/adapters.md').split('\n## Mistakes\n')
  const rows = [...mistakes.matchAll(/^\| (?!-|mistake)(.*?) +\| (.*?) +\|$/gm)].map(([, ...cells]) => cells)
  const plain = (text: string): string => text.replace(/[`\\]/g, '')
  expect(rows.map(cells => cells.map(cell => plain(cell!)))).toEqual(
    brokenStores.map(({ mistake, caughtBy }) => [mistake, caughtBy].map(plain)),
  )
})

test('README.md lists every package, and each has a description', () => {
  const readme = read('README.md')
  for (const name of [
    'core',
    'providers',
    'transport-fetch',
    'storage-fs',
    'storage-browser',
    'storage-keyv',
    'storage-redis',
    'test-kit',
    'receivers',
    'emulator',
    'cli',
  ]) {
    expect(readme).toContain(`[\`@latchkey/${name}\`](packages/${name})`)
    expect(JSON.parse(read(`packages/${name}/package.json`))).toMatchObject({
      description: expect.stringMatching(/\w/),
      engines: { node: expect.stringMatching(/^>=22(\.3)?$/) },
    })
  }
})

test('each package has a licence, and a README with an install command, a snippet and a link to the other documents', () => {
  const licence = read('LICENSE')
  const names = [...read('README.md').matchAll(/^\| \[`@latchkey\/([\w-]+)`\]\(packages\//gm)].map(
    ([, name]) => name!,
  )
  expect(names.length).toBeGreaterThan(9)
  for (const name of names) {
    expect(read(`packages/${name}/LICENSE`)).toBe(licence)
    const readme = read(`packages/${name}/README.md`)
    const parts = [
      `^# @latchkey/${name}\n`,
      '\n(npm install|npx) .*@latchkey/',
      '\n```(ts|js|sh)\n',
      '\\]\\(../../',
    ]
    expect([name, ...parts.filter(part => !new RegExp(part).test(readme))]).toEqual([name])
  }
})

/** Returns the cells of the table rows in docs/providers.md below `heading`. */
const rowsBelow = (heading: string): string[][] => {
  const [, section = ''] = read('docs/providers.md').split(`## ${heading}\n`)
  return [...section.split('\n## ')[0]!.matchAll(/^\| (?!-)(.*) \|$(?!\n\| -)/gm)].map(([, row]) =>
    row!.split(' | ').map(cell => cell.trim()),
  )
}

test('docs/providers.md has a row for each described server, and its cells match the provider', () => {
  const files = [...Object.keys(presets), 'imgur'].sort().map(name => `${name}.ts`)
  const rows = rowsBelow('Described servers')
  expect(rows.map(([link]) => /src\/(?:provider\/)?(\w+\.ts)/.exec(link!)?.[1])).toEqual(files)
  for (const [link, call, grants, authentication, proofKey] of rows) {
    const name = /src\/(?:provider\/)?(\w+)\.ts/.exec(link!)![1] as 'mastodon'
    expect(call).toMatch(new RegExp(`^.${name}\\(`))
    const provider = { ...presets, imgur: core.imgur }[name]({
      baseUrl: 'https://example.org',
      ...(name !== ('imgur' as string) && { domain: 'example.org', realm: 'example', shop: 'example' }),
    } as never)
    expect(grants!.replaceAll('`', '').split(', ')).toEqual(
      provider.grants.filter(grant => grant !== 'authorization_code'),
    )
    expect(proofKey).toBe(typeof provider.pkce === 'function' ? 'yes' : 'no')
    const ways = {
      body: 'client_secret_post',
      Basic: helpers.clientSecretBasic,
      'Basic, always': helpers.clientSecretBasicAlways,
    }
    expect(provider.clientAuthentication).toBe(ways[authentication as keyof typeof ways])
  }
})

test('docs/providers.md has a row for each quirk and each way of client authentication, and no other', () => {
  const source = (path: string): string[] =>
    [...read(`packages/core/src/${path}.ts`).matchAll(/^export (?:const|function) (\w+)/gm)].map(
      ([, name]) => name!,
    )
  const named = (heading: string): string[] =>
    rowsBelow(heading).flatMap(([cell]) => /^`(\w+)/.exec(cell!)?.[1] ?? [])
  expect(named('Quirks').sort()).toEqual(
    [...source('provider/quirk-functions'), 'errors', 'stateUnreliable', 'tokenRejected'].sort(),
  )
  expect(named('Client authentication').sort()).toEqual(
    [
      ...source('wire/client-secret-basic').filter(name => name !== 'clientSecretBasic'),
      ...['private-key-jwt', 'client-secret-jwt', 'apple-client-secret', 'client-assertion'].flatMap(file =>
        source(`signing/${file}`),
      ),
    ].sort(),
  )
})

test('the main entry of core has at most 60 names (docs/decisions/0005-entries-of-core.md)', () => {
  const entry = fileURLToPath(new URL('../packages/core/src/index.ts', import.meta.url))
  const program = ts.createProgram([entry], { allowImportingTsExtensions: true, noEmit: true, types: [] })
  const checker = program.getTypeChecker()
  const main = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!
  const names = checker.getExportsOfModule(main).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['Client', 'keepTokens', 'TokenStore', 'LatchkeyError']))
  expect(names.length).toBeLessThanOrEqual(60)
})
