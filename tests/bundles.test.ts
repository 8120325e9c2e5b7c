// Tests which modules of core a bundler keeps for several kinds of programs.
import { expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import * as presets from '@latchkey/providers'
import { build } from 'esbuild'
import * as quirkFunctions from '../packages/core/src/provider/quirk-functions.ts'

/** Returns the files of core and providers that have code in a bundle of this program, and its text. */
async function bundle(program: string, minify = true): Promise<{ files: string[]; text: string }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname },
    bundle: true,
    minify,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@latchkey/source'],
  })
  const [output] = Object.values(metafile.outputs)
  const files = Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /packages\/(?:core|providers)\/src\/(.*)\.ts$/.exec(path)?.[1] ?? [])
  return { files, text: outputFiles[0]!.text }
}

const filesOf = async (program: string): Promise<string[]> => (await bundle(program)).files

/** Matches the modules that only servers other than Imgur need. */
const OTHERS =
  /^pkce\/|^grants\/|provider\/(define|desc|disc|for-|meta)|client-secret-basic|encrypted|signing\/(?!sign-request)|device|push-authorization|introspect|revocation|revoke$/

test.each([
  [
    'the client',
    "import { Client, imgur } from '@latchkey/core'; console.log(new Client({ provider: imgur() }))",
  ],
  [
    'the flows by themselves',
    "import { imgur } from '@latchkey/core'; import { authorizationCode, drive, implicit, pin, refreshToken } from '@latchkey/core/flows'; console.log(authorizationCode, drive, implicit, imgur, pin, refreshToken)",
  ],
])(
  '%s of Imgur: no proof key, discovery, device flow, grant, pushed request, revocation, introspection, other client authentication or signature, other provider or encryption',
  async (_, program) => {
    const files = await filesOf(program)
    expect(files).toContain('flows/authorization-code')
    expect(files.filter(file => OTHERS.test(file))).toEqual([])
  },
)

test('a description adds proof key and Basic, but no discovery and no client', async () => {
  const files = await filesOf("import { defineProvider } from '@latchkey/core'; console.log(defineProvider)")
  expect(files.filter(file => OTHERS.test(file)).sort()).toEqual([
    'pkce/s256',
    'pkce/sha256',
    'provider/define-provider',
    'provider/description',
    'signing/authenticate',
    'wire/client-secret-basic',
    'wire/revocation',
  ])
  expect(files).not.toContain('client/client')
})

const SOURCES = new URL('../packages/providers/src/', import.meta.url)
const HELPERS = Object.keys(quirkFunctions)

test.each(Object.keys(presets))('%s adds its own files, no other server and no unused helper', async name => {
  const program = `import { ${name} } from '@latchkey/providers'; console.log(${name})`
  const { files, text } = await bundle(program, false)
  const others = Object.keys(presets).filter(one => one !== name)
  expect(files.filter(file => others.includes(file))).toEqual([])
  const source = await readFile(new URL(`${name}.ts`, SOURCES), 'utf8')
  const unused = HELPERS.filter(
    helper =>
      new RegExp(`(function|var) ${helper}\\b`).test(text) && !new RegExp(`\\b${helper}\\b`).test(source),
  )
  expect(unused).toEqual([])
})

test.each([
  ['the `Client` of', "import { Client } from '@latchkey/core'; console.log(Client)"],
  [
    'the same, ',
    `import { Client } from '@latchkey/core'
     import { BrowserTokenStore } from '@latchkey/storage-browser'
     import '@latchkey/transport-fetch/register'
     console.log(Client, BrowserTokenStore)`,
  ],
  [
    'the flow functions',
    "import { authorizationCode, drive, refreshToken } from '@latchkey/core/flows'; console.log(authorizationCode, drive, refreshToken)",
  ],
])('docs/questions.md has the size of a program with %s', async (row, program) => {
  const questions = await readFile(new URL('../docs/questions.md', import.meta.url), 'utf8')
  const [, stated] = new RegExp(`^\\| ${row}.*\\| ([\\d.]+) +\\|$`, 'm').exec(questions)!
  const kB = gzipSync((await bundle(program)).text, { level: 9 }).length / 1000
  expect(Number(stated)).toBeGreaterThanOrEqual(kB)
  expect(Number(stated)).toBeLessThan(kB * 1.1)
})

test('two copies of core in one program share the defaults, also those of another package', async () => {
  const copyOf = async (program: string): Promise<Record<string, (...given: unknown[]) => unknown>> => {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: import.meta.dirname },
      bundle: true,
      write: false,
      format: 'esm',
      conditions: ['@latchkey/source'],
    })
    return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`)
  }
  const one = await copyOf("export { setDefaults } from '@latchkey/core'")
  const other = await copyOf(
    "import { Client } from '@latchkey/core'; export const refresh = token => new Client('id').Authorize.regenerateFromRefreshToken(token)",
  )
  await expect(other['refresh']!('r')).rejects.toMatchObject({ code: 'missing_transport' })
  const body = '{"access_token":"a","token_type":"bearer"}'
  one['setDefaults']!({ transport: { send: () => Promise.resolve({ status: 200, headers: {}, body }) } })
  expect(await other['refresh']!('r')).toMatchObject({ access_token: 'a' })
})

test('proof key alone adds nothing else', async () => {
  expect(await filesOf("import { s256 } from '@latchkey/core/provider'; console.log(s256)")).toEqual([
    'platform',
    'util/base64url',
    'pkce/sha256',
    'pkce/s256',
  ])
})

test.each([
  [
    'deviceAuthorization',
    ['flows/device-authorization', 'functions/device-authorization', 'wire/device-codes'],
  ],
  ['pushAuthorization', ['functions/push-authorization']],
  ['introspect', ['functions/introspect']],
  ['revoke', ['functions/revoke']],
  ['clientCredentials', ['grants/stored-parameters']],
])(
  '%s adds its own code, which shows that the list of unwanted modules has the right names',
  async (name, own) => {
    const files = await filesOf(`import { ${name} } from '@latchkey/core'; console.log(${name})`)
    expect(files.filter(file => OTHERS.test(file)).sort()).toEqual(own)
  },
)

test('authentication by key adds keys and JWTs, and no other way to authenticate', async () => {
  const files = await filesOf(
    "import { privateKeyJwt } from '@latchkey/core/provider'; console.log(privateKeyJwt)",
  )
  expect(files.filter(file => OTHERS.test(file)).sort()).toEqual([
    'signing/assertion',
    'signing/authenticate',
    'signing/keys',
    'signing/private-key-jwt',
    'signing/sign-jwt',
  ])
})

test('a grant adds its own code, and no other grant', async () => {
  const files = await filesOf(
    "import { tokenExchange } from '@latchkey/core/provider'; console.log(tokenExchange)",
  )
  expect(files.filter(file => OTHERS.test(file)).sort()).toEqual([
    'grants/provider-for',
    'grants/token-exchange',
    'grants/token-grant',
    'signing/authenticate',
  ])
  expect(files).not.toContain('client/client')
})
