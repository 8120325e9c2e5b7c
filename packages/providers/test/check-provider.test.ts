import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { FILES } from '../../../tests/readme-programs.ts'
import { check } from '../../../tools/check-provider.ts'

const folder = new URL('./broken/', import.meta.url)
const folders = {
  presets: new URL('src/', folder),
  fixtures: new URL('fixtures/', folder),
  pages: new URL('pages/', folder),
}
/** In the repository, so that its programs find the packages. */
const temporary = new URL('../../../.tmp/guide/', import.meta.url)
const at = 'packages/providers/test/broken'

test.each(['canva', 'imgur'])(
  'a complete preset lacks nothing: its leftOut names the facts without a source (%s)',
  async name => {
    expect(await check(name)).toEqual({ missing: [], unsourced: [] })
  },
)

test('a check that does not end fails after its limit, with the last request', async () => {
  expect(await check('endless', folders, 500)).toEqual({
    missing: [
      `no page yet: run npm run provider-pages, which writes ${at}/pages/endless.md`,
      expect.stringMatching(
        /^a check fails: signs in, .*: not finished after 0\.5 s\. The last request was POST https:\/\/endless\.example\/token\. Latchkey waits to retry it: /,
      ),
    ],
    unsourced: [],
  })
})

test('a name without any file', async () => {
  expect(await check('none', folders)).toEqual({
    missing: [
      `no preset: write the function none() in ${at}/src/none.ts`,
      `no export: add none to ${at}/src/index.ts`,
      `no fixture: write what the documentation says in ${at}/fixtures/none.ts`,
    ],
    unsourced: [],
  })
})

test('a fixture that lacks required facts is not played', async () => {
  expect(await check('half', folders)).toEqual({
    missing: [
      `no export: add half to ${at}/src/index.ts`,
      'no sourced fact in the fixture: the authorization endpoint',
      'no sourced fact in the fixture: the redirect with the code',
      'no sourced fact in the fixture: the response with the tokens',
      'no sourced fact in the fixture: a request to the API',
      'no sourced fact in the fixture: the response of the API to an access token that is not valid',
    ],
    unsourced: [
      'the redirect of a user who declines',
      'the response to a wrong client secret',
      'the response to a code that is not valid',
      'the revocation of tokens',
      'what a redirect URI must be',
    ],
  })
})

test('a description that differs from its fixture fails the play, with the rule and its source', async () => {
  expect((await check('wrong', folders)).missing).toEqual([
    `no page yet: run npm run provider-pages, which writes ${at}/pages/wrong.md`,
    expect.stringMatching(
      /^a check fails: signs in, .*Commas separate the scopes\. \(OAuth, https:\/\/wrong/s,
    ),
    expect.stringMatching(/^a check fails: every endpoint .* no fact about revocationEndpoint, https:/),
    expect.stringMatching(/^a check fails: names its documentation.*: the description has no about/),
  ])
})

test('the example of docs/guides/describe-a-provider.md lacks only its page', async () => {
  const guide = readFileSync(new URL('../../../docs/guides/describe-a-provider.md', import.meta.url), 'utf8')
  const files = {
    'fixtures/acme.ts': FILES.get('acme-facts.ts')!,
    'src/acme.ts': FILES.get('acme.ts')!,
    'src/index.ts': "export * from './acme.ts'",
  }
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(new URL('.', new URL(path, temporary)), { recursive: true })
    writeFileSync(new URL(path, temporary), code)
  }
  const of = {
    presets: new URL('src/', temporary),
    fixtures: new URL('fixtures/', temporary),
    pages: temporary,
  }
  const { missing, unsourced } = await check('acme', of)
  writeFileSync(new URL('acme.md', temporary), '# Acme')
  const later = await check('acme', of)
  rmSync(temporary, { recursive: true })
  expect(missing).toEqual([expect.stringMatching(/^no page yet: .*acme\.md$/)])
  expect(later.missing).toEqual([expect.stringContaining('acme.md is out of date: run npm run')])
  for (const one of unsourced)
    expect(guide).toContain(`optional ${one}: find a source, or name it in leftOut\n`)
})
