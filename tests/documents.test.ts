// Compares the documents with the code.
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import * as core from '@latchkey/core'
import { brokenStores } from '@latchkey/test-kit'
import ts from 'typescript'
import { withDiagrams } from '../tools/diagrams.ts'
import { MEMBERS } from '../tools/provider-language.ts'
import { PAGES, pageOf, readDescribed, TABLES, withTable } from '../tools/provider-pages.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('docs/explanation/architecture.md has the diagrams of the machines, as their tables draw them', () => {
  const architecture = read('docs/explanation/architecture.md')
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

test('docs/reference/errors.md has one row for each error class, with its code, and no other row', () => {
  const rows = [...read('docs/reference/errors.md').matchAll(/^\| `(\w+)` +\| `(\w+)` +\|/gm)].map(
    ([, code, name]) => [name, code],
  )
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

/** The programs of docs/guides/integrations.md, in order. */
const INTEGRATIONS = [
  ...[
    'openai',
    'ai',
    'ofetch',
    'openapi-fetch',
    'urql',
    'apollo',
    'trpc',
    'got',
    'bridges/kept-tokens-of',
  ].map(name => `examples/integrations/src/${name}.ts`),
  'examples/integrations/next-auth/next-auth.ts',
  ...['better-auth', 'passport', 'slack'].map(name => `examples/integrations/src/bridges/${name}.ts`),
]

const CLIENT = 'web-frameworks/src/client.ts'
const PAGE = 'page-frameworks/pages/client.ts'

/** The programs of the guides to frameworks and hosts, in order. */
const GUIDES = Object.entries({
  'frameworks/hono': [CLIENT, 'web-frameworks/src/hono.ts'],
  'frameworks/express': [CLIENT, 'web-frameworks/src/express.ts'],
  'frameworks/fastify': [CLIENT, 'web-frameworks/src/fastify.ts'],
  'frameworks/next': [
    CLIENT,
    ...['auth.ts', 'app/auth/[...path]/route.ts', 'app/page.tsx', 'next.config.ts'].map(
      name => `web-frameworks/next/${name}`,
    ),
  ],
  'frameworks/sveltekit': [
    CLIENT,
    ...[
      'src/auth.js',
      'src/hooks.server.js',
      'src/routes/+page.server.js',
      'src/routes/+page.svelte',
      'vite.config.js',
    ].map(name => `web-frameworks/sveltekit/${name}`),
  ],
  'frameworks/react': [PAGE, 'page-frameworks/pages/App.tsx'],
  'frameworks/vue': [PAGE, 'page-frameworks/pages/App.vue'],
  'frameworks/svelte': [PAGE, 'page-frameworks/pages/App.svelte'],
  'hosts/node': ['web-frameworks/src/cluster.ts', 'web-server/src/main.ts'],
  'hosts/cloudflare-workers': ['worker-client', 'worker'].map(name => `web-frameworks/src/${name}.ts`),
  'hosts/deno': ['deno', 'fetch'].map(name => `web-frameworks/src/${name}.ts`),
  'hosts/bun': ['web-frameworks/src/fetch.ts'],
}).map(([name, files]): [string, string[]] => [
  `docs/guides/${name}.md`,
  files.map(file => `examples/${file}`),
])

test('docs/troubleshooting.md quotes texts and codes that the sources have', () => {
  const sources = globSync('packages/{core,transport-fetch}/src/**/*.ts', { cwd: ROOT }).map(read).join('\n')
  const quoted = [...read('docs/troubleshooting.md').matchAll(/^\| `(.*?)` +\|/gm)].map(([, text]) => text!)
  expect(quoted.length).toBeGreaterThan(10)
  expect(quoted.filter(text => !sources.includes(text))).toEqual([])
})

test.each([
  [
    'docs/guides/write-a-token-store.md',
    ['packages/storage-keyv/src/keyv-token-store.ts', 'packages/storage-keyv/src/turns.ts'],
  ],
  ['docs/guides/other-databases.md', ['examples/web-frameworks/src/durable-objects.ts']],
  ['docs/guides/integrations.md', INTEGRATIONS],
  ...GUIDES,
])('the code in %s is the source of a tested program', (document, sources) => {
  const blocks = read(document).matchAll(/<!-- code: ([^ ,]+)(?:, from `(.*)`)? -->\n\n```\w+\n(.*?)\n```/gs)
  const shown = [...blocks].map(([, path, start = '', code]) => {
    const source = read(path!)
    expect(code).toBe(source.slice(source.indexOf(start)).trimEnd())
    return path
  })
  expect(shown).toEqual(sources)
})

test('docs/reference/store-mistakes.md lists the mistake of every broken store in the test kit, and no other', () => {
  const mistakes = read('docs/reference/store-mistakes.md')
  const rows = [...mistakes.matchAll(/^\| (?!-|mistake)(.*?) +\| (.*?) +\|$/gm)].map(([, ...cells]) => cells)
  const plain = (text: string): string => text.replace(/[`\\]/g, '')
  expect(rows.map(cells => cells.map(cell => plain(cell!)))).toEqual(
    brokenStores.map(({ mistake, caughtBy }) => [mistake, caughtBy].map(plain)),
  )
})

const PACKAGES = readdirSync(new URL('../packages', import.meta.url))

test('docs/guides/stores/choose.md has the lines for every store and every connector', () => {
  const { exports } = JSON.parse(read('packages/storage-sql/package.json')) as { exports: object }
  const connectors = Object.keys(exports).map(entry => `@latchkey/storage-sql${entry.slice(1)}`)
  const stores = PACKAGES.filter(name => name.startsWith('storage-')).map(name => `@latchkey/${name}`)
  expect(connectors.length + stores.length).toBeGreaterThan(9)
  const page = read('docs/guides/stores/choose.md')
  expect([...connectors, ...stores].filter(name => !page.includes(`from '${name}'`))).toEqual([])
})

test('README.md lists every package, and each has a description', () => {
  const readme = read('README.md')
  for (const name of PACKAGES) {
    expect(readme).toContain(`[\`@latchkey/${name}\`](packages/${name})`)
    expect(JSON.parse(read(`packages/${name}/package.json`))).toMatchObject({
      description: expect.stringMatching(/\w/),
      engines: { node: expect.stringMatching(/^>=22(\.3)?$/) },
    })
  }
})

test('docs/guides/projects.md says for which programs each package is, and names no other', () => {
  const named = [...read('docs/guides/projects.md').matchAll(/`@latchkey\/([\w-]+)`/g)].map(
    ([, name]) => name!,
  )
  expect([...new Set(named)].sort()).toEqual([...PACKAGES].sort())
  expect(read('README.md')).toContain('(docs/guides/projects.md#which-packages-a-program-needs)')
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

const LANGUAGE = 'docs/reference/provider-descriptions.md'

/** Returns the cells of the table rows in the page of the language below `heading`. */
const rowsBelow = (heading: string): string[][] => {
  const [, section = ''] = read(LANGUAGE).split(`## ${heading}\n`)
  return [...section.split('\n## ')[0]!.matchAll(/^\| (?!-)(.*) \|$(?!\n\| -)/gm)].map(([, row]) =>
    row!.split(' | ').map(cell => cell.trim()),
  )
}

test('the tables of all described servers, and the page of each, match the preset and its fixture (npm run provider-pages)', async () => {
  const described = await readDescribed()
  for (const path of Object.keys(TABLES)) expect(read(path)).toBe(withTable(path, read(path), described))
  expect(readdirSync(PAGES).sort()).toEqual(described.map(({ fixture }) => `${fixture.provider}.md`).sort())
  for (const one of described)
    expect(read(`docs/reference/providers/${one.fixture.provider}.md`)).toBe(pageOf(one))
})

test('every member of a description has a comment, so that docs/reference/provider-descriptions.md explains it', () => {
  expect(MEMBERS.length).toBeGreaterThan(50)
  expect(MEMBERS.filter(({ meaning }) => meaning === '')).toEqual([])
})

test('docs/reference/provider-descriptions.md shows 33 facts about servers, each with members that exist', () => {
  const rows = rowsBelow('What a description can express')
  expect(rows).toHaveLength(33)
  const named = rows.flatMap(([, , members]) => [...members!.matchAll(/`(.+?)`/g)].map(([, name]) => name))
  expect(MEMBERS.map(({ name }) => name)).toEqual(expect.arrayContaining(named))
})

test('docs/reference/provider-descriptions.md has a row for each quirk and each way of client authentication, and no other', () => {
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

const CORE_ENTRY = fileURLToPath(new URL('../packages/core/src/index.ts', import.meta.url))
const coreProgram = ts.createProgram([CORE_ENTRY], {
  allowImportingTsExtensions: true,
  lib: ['lib.esnext.d.ts'],
  noEmit: true,
  strict: true,
  target: ts.ScriptTarget.ESNext,
  types: [],
})
const checker = coreProgram.getTypeChecker()
const coreExports = checker.getExportsOfModule(
  checker.getSymbolAtLocation(coreProgram.getSourceFile(CORE_ENTRY)!)!,
)

/** Returns the members of a type that the main entry of core exports, without private ones and symbols. */
function membersOf(exported: string): string[] {
  const symbol = coreExports.find(({ name }) => name === exported)!
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  return checker
    .getDeclaredTypeOfSymbol(target)
    .getProperties()
    .map(({ name }) => name)
    .filter(name => !/^(__|#)/.test(name))
}

/** Returns the names that begin the first cells of the table rows in `packages/core/README.md` below `heading`. */
const rowsOfCore = (heading: string): string[] => {
  const [, section = ''] = read('packages/core/README.md').split(`\n## ${heading}\n`)
  return [...section.split('\n## ')[0]!.matchAll(/^\| (`.+?) +\|(?!.*\n\| -)/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([\w-]+)/g)].map(([, name]) => name!),
  )
}

test('packages/core/README.md has a row for each option of a client, and no other', () => {
  const options = membersOf('ClientOptions')
  expect(options).toEqual(expect.arrayContaining(['client_id', 'offline', 'store']))
  expect(rowsOfCore('`new Client(options?)`').sort()).toEqual(options.sort())
})

test('packages/core/README.md has a row for each member of a client, and for each way to sign in', () => {
  const members = membersOf('Client')
  expect(members).toEqual(expect.arrayContaining(['Authorize', 'accessToken', 'refreshIdle', 'subscribe']))
  expect(rowsOfCore('Get a valid token').sort()).toEqual(members.sort())
  const authorize = coreProgram
    .getSourceFile(fileURLToPath(new URL('../packages/core/src/sign-in/authorize.ts', import.meta.url)))!
    .statements.find(one => ts.isInterfaceDeclaration(one) && one.name.text === 'Authorize')!
  const ways = checker.getTypeAtLocation(authorize).getProperties()
  expect(rowsOfCore('Sign in').sort()).toEqual(ways.map(({ name }) => name).sort())
})

test('packages/core/README.md has a row for each event, and no other', () => {
  const types = [...read('packages/core/src/keeper/events.ts').matchAll(/readonly type: '([\w-]+)'/g)]
  expect(types.length).toBeGreaterThan(9)
  expect(rowsOfCore('Listen to events').sort()).toEqual(types.map(([, type]) => type).sort())
})

test('the main entry of core has at most 60 names (docs/decisions/0005-entries-of-core.md)', () => {
  const names = coreExports.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['Client', 'keepTokens', 'TokenStore', 'LatchkeyError']))
  expect(names.length).toBeLessThanOrEqual(60)
})

/** The documents and the sources of examples that users copy. */
const COPIED = ['README.md', 'docs', 'packages', 'examples'].flatMap(folder =>
  folder.endsWith('.md')
    ? [folder]
    : readdirSync(new URL(`../${folder}`, import.meta.url), { recursive: true, encoding: 'utf8' })
        .filter(name => !/(^|\/)(node_modules|dist|\.next|\.svelte-kit)\//.test(name))
        .filter(name => name.endsWith('.md') || (folder === 'examples' && /\/src\/.*\.ts$/.test(name)))
        .map(name => `${folder}/${name}`),
)

test('every page of docs/ but the decisions begins with a sentence that says who needs it', () => {
  const pages = COPIED.filter(path => /^docs\/(?!decisions\/)/.test(path))
  expect(pages.length).toBeGreaterThan(70)
  const begins = /^(<!--.*-->\n\n)*# .+\n\nThis page is for /
  expect(pages.filter(path => !begins.test(read(path)))).toEqual([])
})

test('documents and examples run on Node 22, which has no `using`', () => {
  expect(COPIED.length).toBeGreaterThan(60)
  expect(COPIED.filter(path => /^\s*(await )?using \w+ =/m.test(read(path)))).toEqual([])
})

test('no document puts a token on a command line, where every user of the machine can read it', () => {
  expect(COPIED.filter(path => /curl[^\n]*\$\(|-H ["']Authorization:/i.test(read(path)))).toEqual([])
})
