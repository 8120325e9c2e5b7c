import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { keepTokens, MemoryTokenStore } from '@latchkey/core'
import { bundled } from '../../../tools/bundled.ts'
import { NODES } from '../../../tools/nodes.ts'
import { authorizedFetch } from '../src/index.ts'
import { selfSigned } from './self-signed.ts'
import { serve } from './servers.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-redirects-'))
  await writeFile(join(folder, 'trusted.pem'), selfSigned.cert)
})
afterAll(() => rm(folder, { recursive: true }))

test.each(NODES)(
  'no redirect takes the credentials to another origin, and each ends as with fetch: Node %s',
  async (_, node) => {
    const args = [
      '--disable-warning=ExperimentalWarning',
      bundled(new URL('programs/redirects.ts', import.meta.url)),
    ]
    const env = { ...process.env, NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: join(folder, 'trusted.pem') }
    const { stdout } = await promisify(execFile)(node, args, { env })
    expect(stdout).toBe('160 redirects\n')
  },
)

/** A fetch whose API redirects to whatever `location` is. */
async function redirecting(location: (request: URL) => string | undefined, status = 302) {
  const asked: string[] = []
  const origin = await serve((request, response) => {
    asked.push(request.url!)
    const to = location(new URL(request.url!, origin))
    response.writeHead(status, to === undefined ? {} : { location: to }).end('moved')
  })
  const kept = keepTokens({ store: new MemoryTokenStore(), key: 'k', refresh: () => Promise.reject() })
  await kept.import({ access_token: 'canary4711' })
  return { fetch: authorizedFetch(kept, { origins: [origin] }), origin, asked }
}

test.each([
  ['an address that is none', 'http://:::/'],
  ['an address that is not of HTTP', 'data:,x'],
  ['an address with a user and a password', 'http://user:password@127.0.0.1/'],
  ['an address with the API for a user', 'http://127.0.0.1:1@127.0.0.1:2/'],
])('a redirect to %s fails as with fetch, and the error contains no secret', async (_, to) => {
  const { fetch, origin } = await redirecting(() => to)
  const error = (await fetch(origin).catch((error: unknown) => error)) as Error
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toMatch(/^fetch failed: redirect to/)
  expect(error.message).not.toContain('password@')
})

test('20 redirects are followed, and the 21st fails', async () => {
  const hop = (url: URL) => `/${Number(url.pathname.slice(1)) + 1}`
  const { fetch, origin, asked } = await redirecting(hop)
  await expect(fetch(`${origin}/0`)).rejects.toThrow('fetch failed: too many redirects')
  expect(asked).toHaveLength(21)
})

test('a redirect without a location is returned', async () => {
  const { fetch, origin } = await redirecting(() => undefined)
  expect(await (await fetch(origin)).text()).toBe('moved')
})

test("a location in UTF-8 and one that is encoded are the same, as for fetch's own", async () => {
  const { fetch, origin, asked } = await redirecting(({ pathname }) =>
    pathname === '/' ? Buffer.from('/ü').toString('latin1') : undefined,
  )
  await fetch(origin)
  expect(asked).toEqual(['/', '/%C3%BC'])
})

test("the caller's 'manual' and 'error' are kept", async () => {
  const { fetch, origin, asked } = await redirecting(() => '/there')
  const response = await fetch(origin, { redirect: 'manual' })
  expect([response.status, response.headers.get('location')]).toEqual([302, '/there'])
  await expect(fetch(new Request(origin, { redirect: 'error' }))).rejects.toThrow('fetch failed')
  expect(asked).toEqual(['/', '/'])
})

test('a redirect that repeats the body of a stream fails; one that drops the body works', async () => {
  const stream = () => new Blob(['body']).stream()
  const kept = await redirecting(() => '/there', 307)
  const init = () => ({ method: 'POST', body: stream(), duplex: 'half' }) as RequestInit
  await expect(kept.fetch(kept.origin, init())).rejects.toThrow('whose body can be sent only once')

  const dropped = await redirecting(({ pathname }) => (pathname === '/' ? '/there' : undefined), 303)
  expect((await dropped.fetch(dropped.origin, init())).url).toBe(`${dropped.origin}/there`)
})
