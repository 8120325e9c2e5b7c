import { describe, expect, test } from '@jest/globals'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Client, defineProvider, imgur, keepTokens, MemoryTokenStore, type TokenStore } from '@latchkey/core'
import fc from 'fast-check'
import { authorizedFetch, type AuthorizedFetchOptions, type TokenSource } from '../src/index.ts'
import { hashOf, kept, startApi } from './api.ts'
import { closedPort, occasion, serve } from './servers.ts'

const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** A fetch that sends nothing, and what it was called with. */
function recorder(respond: () => Response = () => new Response('')) {
  const calls: { input: RequestInfo | URL; init: RequestInit | undefined; headers: Headers }[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    calls.push({ input, init, headers: new Request(input, init).headers })
    return respond()
  }
  return { fetch, calls }
}

const clientWith = (more: object = {}) => new Client({ client_id: 'id', access_token: 'token-1', ...more })

describe('the arguments', () => {
  test.each<[unknown, AuthorizedFetchOptions, string]>([
    [undefined, {}, 'client must be a Client, or the result of keepTokens'],
    [{}, {}, 'client must be a Client'],
    [clientWith(), { origins: 'https://a.example' as never }, 'origins must be an array'],
    [clientWith(), { origins: ['a.example'] }, 'origins[0] must be an absolute URL'],
    [
      clientWith(),
      { origins: ['https://b.example', 'https://a.example/v1'] },
      'origins[1] must be an origin',
    ],
    [clientWith(), { origins: ['http://a.example'] }, 'origins[0] must be an https URL'],
    [clientWith(), { fetch: {} as never }, 'fetch must be a function'],
    [clientWith(), { replayBytes: -1 }, 'replayBytes must be a number, not negative'],
  ])('%p with %j is a TypeError: %s', (client, options, message) => {
    const make = () => authorizedFetch(client as TokenSource, options)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test('without an origin from the provider or the options, it throws a TypeError', async () => {
    const provider = defineProvider({ name: 'acme', tokenEndpoint: 'https://acme.example/token' })
    const client = clientWith({ provider })
    expect(() => authorizedFetch(client)).toThrow(
      new TypeError(
        "the provider 'acme' has no API origins, so no request may get its token: pass { origins: ['https://api.example.com'] }",
      ),
    )
    const tokens = keepTokens({ store: new MemoryTokenStore(), key: 'k', refresh: () => Promise.reject() })
    expect(() => authorizedFetch(tokens)).toThrow('this client has no API origins')

    const { fetch, calls } = recorder()
    await authorizedFetch(client, { origins: ['https://api.acme.example'], fetch })(
      'https://api.acme.example/x',
    )
    expect(calls[0]?.headers.get('authorization')).toBe('Bearer token-1')
  })

  test('the option origins adds to those of the provider', async () => {
    const { fetch, calls } = recorder()
    const fetching = authorizedFetch(clientWith(), { origins: ['https://images.example'], fetch })
    await fetching('https://images.example/x')
    await fetching('https://api.imgur.com/3/credits')
    expect(calls.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-1',
    ])
  })
})

describe('credentials are sent to', () => {
  const key = { mashape_key: 'key-1' }

  test.each([
    'https://api.imgur.com/3/image',
    'https://api.imgur.com',
    'https://api.imgur.com?q',
    'https://api.imgur.com:443/3/image',
    'HTTPS://API.Imgur.COM/3/image',
    ' https://api.imgur.com/\n3/image',
    'https:api.imgur.com/3/image',
    'https://api.imgur.com\\@evil.example/',
    'https://api.imgur.com/@evil.example/',
    'https://%61pi.imgur.com/3/image',
    'https://api.imgur.com/oauth2/tokens',
  ])('%j, which belongs to the API', async url => {
    for (const input of [url, new URL(url), new Request(url)]) {
      const { fetch, calls } = recorder()
      await authorizedFetch(clientWith(key), { fetch })(input)
      const { headers } = calls[0]!
      expect([headers.get('authorization'), headers.get('x-mashape-key')]).toEqual([
        'Bearer token-1',
        'key-1',
      ])
    }
  })

  test.each([
    'http://api.imgur.com/3/image',
    'https://imgur.com/',
    'https://api.imgur.com:444/3/image',
    'https://api.imgur.com:44/3/image',
    'https://api.imgur.com.evil.example/',
    'https://api.imgur.com\t.evil.example/',
    'https://api.imgur.com./3/image',
    'https://evil.example/https://api.imgur.com/',
    'https://evil.example\\@api.imgur.com/',
    'https://xapi.imgur.com/',
    'data:text/plain,https://api.imgur.com/',
    // Of the authorization server's own endpoints, whose origin is the API's.
    'https://api.imgur.com/oauth2/token',
    'https://api.imgur.com/oauth2/authorize?client_id=id',
    'https://api.imgur.com/oauth2/../oauth2/token',
    'https://api.imgur.com/oauth2/%2E/token',
    'https://api.imgur.com/oauth2/token\u0001',
  ])('not to %j: that request is unchanged', async url => {
    const { fetch, calls } = recorder()
    const init = { method: 'POST', body: 'a', headers: { 'x-a': 'b' } }
    const request = new Request(url, init)
    const fetching = authorizedFetch(clientWith(key), { fetch })
    await fetching(url, init)
    await fetching(request)
    expect(calls.map(({ input, init }) => [input, init])).toEqual([
      [url, init],
      [request, undefined],
    ])
    for (const { headers } of calls)
      expect([...headers.keys()].filter(name => /auth|key/.test(name))).toEqual([])
  })

  test('an endpoint is recognised in every spelling', async () => {
    const origin = 'https://api.example.com'
    const provider = {
      ...imgur(),
      api: { ...imgur().api, origins: [origin] },
      tokenEndpoint: `${origin}/t\u00f6ken`,
    }
    const { fetch, calls } = recorder()
    const fetching = authorizedFetch(new Client({ client_id: 'id', provider }), { fetch })
    for (const path of ['t\u00f6ken', 't%C3%B6ken', 'x/../t%C3%B6ken?a=b', 'other'])
      await fetching(`${origin}/${path}`)
    expect(calls.map(({ headers }) => headers.has('authorization'))).toEqual([false, false, false, true])
  })

  test.each(['https://api.imgur.com@evil.example/', 'https://user:password@api.imgur.com/', 'nonsense', ''])(
    '%j fails as with fetch',
    async url => {
      await expect(authorizedFetch(clientWith(key))(url)).rejects.toThrow()
    },
  )

  test('URLs are interpreted as the URL standard defines', async () => {
    const part = fc.constantFrom(
      ...[
        'https://',
        'http://',
        'HTTPS:',
        '//',
        '/',
        '\\',
        '@',
        ':',
        ':443',
        ':80',
        '.',
        '?',
        '#',
        '\t',
        '\n',
        ' ',
      ],
      ...[
        'api.imgur.com',
        'API.imgur.com',
        'evil.example',
        '%2f',
        '%40',
        'user',
        'ａpi.imgur.com',
        '3/image',
        '..',
        '%2e',
        'oauth2/token',
        'oauth2',
        'token',
        '\u0001',
        'ü',
      ],
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async parts => {
        const text = `https://${parts.join('')}`
        for (const url of [text, parts.join(''), `https://api.imgur.com${parts.join('')}`]) {
          if (!URL.canParse(url)) continue
          const { origin, username, password, protocol, pathname } = new URL(url)
          if (username || password || !protocol.startsWith('http')) continue // fetch refuses it
          const { fetch, calls } = recorder()
          await authorizedFetch(clientWith(key), { fetch })(url)
          expect(calls[0]!.headers.has('authorization')).toBe(
            origin === 'https://api.imgur.com' && pathname !== '/oauth2/token',
          )
        }
      }),
      { seed, numRuns: 2_000 },
    )
  })

  test("the caller's Authorization overrides ours: the request is unchanged, even if it is rejected", async () => {
    const api = await startApi('good')
    const tokens = await kept()
    const fetching = authorizedFetch(tokens, { origins: [api.origin] })
    for (const headers of [{ AUTHORIZATION: 'Bearer mine' }, new Headers({ Authorization: 'Bearer mine' })])
      expect((await fetching(api.origin, { headers })).status).toBe(401)
    expect((await fetching(api.origin, { headers: [['authorization', 'Bearer mine']] })).status).toBe(401)
    const request = new Request(api.origin, { headers: { authorization: 'Bearer mine' } })
    expect((await fetching(request)).status).toBe(401)
    expect(api.asked.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer mine'))
    expect(tokens.refreshes).toBe(0)
  })

  test("the caller's X-Mashape-Key overrides ours too: the request is unchanged", async () => {
    const { fetch, calls } = recorder()
    const headers = { 'X-MASHAPE-KEY': 'mine', accept: 'text/plain' }
    await authorizedFetch(clientWith(key), { fetch })('https://api.imgur.com/3/image', { headers })
    expect(Object.fromEntries(calls[0]!.headers)).toEqual({
      'x-mashape-key': 'mine',
      accept: 'text/plain',
    })
    expect(headers).toEqual({ 'X-MASHAPE-KEY': 'mine', accept: 'text/plain' })
  })

  test('an account without tokens is anonymous, and a rejection refreshes nothing', async () => {
    const { fetch, calls } = recorder(() => new Response('', { status: 401 }))
    const client = new Client({ client_id: 'id' })
    expect((await authorizedFetch(client, { fetch })('https://api.imgur.com/3/credits')).status).toBe(401)
    expect(calls.map(({ headers }) => headers.get('authorization'))).toEqual(['Client-ID id'])
  })

  test('a Request is accepted as init, and init overrides a Request', async () => {
    const api = await startApi('old')
    const fetching = authorizedFetch(await kept(), { origins: [api.origin] })
    const post = () => new Request(api.origin, { method: 'POST', body: 'abc', headers: { 'x-a': '1' } })
    await fetching(`${api.origin}/other`, post() as RequestInit)
    await fetching(post(), { method: 'PUT', headers: { 'x-b': '2' }, body: 'de' })
    expect(api.asked).toMatchObject([
      { method: 'POST', path: '/other', length: 3, headers: { 'x-a': '1', authorization: 'Bearer old' } },
      { method: 'PUT', path: '/', length: 2, headers: { 'x-b': '2', authorization: 'Bearer old' } },
    ])
    expect(api.asked[1]!.headers).not.toHaveProperty('x-a')
  })
})

describe('a rejected token', () => {
  test('is refreshed, and the request sent once more', async () => {
    const api = await startApi('new-1')
    const tokens = await kept()
    const fetching = authorizedFetch(tokens, { origins: [api.origin] })
    expect(await (await fetching(`${api.origin}/a`)).json()).toMatchObject({ path: '/a' })
    expect(api.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new-1'])
    expect(tokens.refreshes).toBe(1)
  })

  test('is refreshed once for any number of rejections', async () => {
    const api = await startApi('new-1')
    const tokens = await kept()
    const fetching = authorizedFetch(tokens, { origins: [api.origin] })
    const responses = await Promise.all(Array.from({ length: 50 }, () => fetching(api.origin)))
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(tokens.refreshes).toBe(1)
  })

  test('that is no longer the stored one causes no refresh', async () => {
    const store = new MemoryTokenStore()
    const api = await startApi('elsewhere')
    const tokens = await kept({ store })
    expect(await tokens.accessToken()).toBe('old') // and remembered
    await (await kept({ store })).import({ access_token: 'elsewhere', refresh_token: 'r2' })
    const response = await authorizedFetch(tokens, { origins: [api.origin] })(api.origin)
    expect(response.status).toBe(200)
    expect(tokens.refreshes).toBe(0)
  })

  test('whose successor is rejected is retried once, and the second response is returned and can be read', async () => {
    const api = await startApi('none of them')
    const tokens = await kept()
    const response = await authorizedFetch(tokens, { origins: [api.origin] })(api.origin)
    expect([response.status, await response.text()]).toEqual([401, 'refused'])
    expect(api.asked).toHaveLength(2)
    expect(tokens.refreshes).toBe(1)
  })

  test('that cannot be refreshed rejects with the error of the client', async () => {
    const api = await startApi('none of them')
    const refresh = () => Promise.reject(Object.assign(new Error('no'), { code: 'invalid_grant' }))
    const tokens = await kept({ refresh })
    const fetching = authorizedFetch(tokens, { origins: [api.origin] })
    await expect(fetching(api.origin)).rejects.toMatchObject({ code: 'reauth_required' })
    await expect(fetching(api.origin)).rejects.toMatchObject({ code: 'reauth_required' })
    await tokens.signOut()
    await expect(fetching(api.origin)).rejects.toMatchObject({ code: 'signed_out' })
    expect(api.asked).toHaveLength(1)
  })

  test.each(['HEAD', 'OPTIONS', 'DELETE', 'PATCH'])('is refreshed for %s too', async method => {
    const api = await startApi('new-1')
    const response = await authorizedFetch(await kept(), { origins: [api.origin] })(api.origin, { method })
    expect(response.status).toBe(200)
    expect(api.asked.map(asked => asked.method)).toEqual([method, method])
  })

  test.each<[string, (api: string) => string, number]>([
    ['the same origin', () => '/there', 1],
    ['another port', api => api, 0],
  ])('after a redirect to %s', async (_, to, refreshes) => {
    const api = await startApi('new-1')
    const other = await startApi('none of them')
    const front = await serve((request, response) => {
      const isHere = request.url === '/there' && request.headers.authorization === 'Bearer old'
      response.writeHead(request.url === '/' ? 307 : isHere ? 401 : 200, { location: to(other.origin) }).end()
    })
    const tokens = await kept()
    const response = await authorizedFetch(tokens, { origins: [front, api.origin] })(front)
    expect(response).toMatchObject({ status: 200, redirected: true })
    expect(tokens.refreshes).toBe(refreshes)
    expect(other.asked.map(({ headers }) => headers.authorization)).toEqual(refreshes ? [] : [undefined])
  })
})

describe('a response', () => {
  /** An API with this first response; all others are 'fine'. */
  async function answering(status: number, body: string | Buffer, headers: Record<string, string> = {}) {
    let asked = 0
    const origin = await serve((_, response) => {
      if (asked++ === 0) response.writeHead(status, headers).end(body)
      else response.end('fine')
    })
    const client = clientWith({
      provider: imgur({ baseUrl: origin }),
      refresh_token: 'r',
      logger: { warn() {} },
    })
    const refreshes: string[] = []
    client.on('refresh-started', () => refreshes.push('one'))
    return { origin, client, refreshes, asked: () => asked }
  }

  test.each([
    ['a rate limit', 429, 'Daily client requests exceeded', {}],
    ['a 403 of another kind', 403, 'Permission denied', {}],
    ['a long one', 403, 'x'.repeat(1_000_000), {}],
    ['an empty one', 403, '', {}],
    ['one that is not text', 403, Buffer.from([0xff, 0xfe, 0, 1]), {}],
    ['a server error', 500, 'The access token provided is invalid.', {}],
  ])('%s is returned unchanged, and causes no refresh', async (_, status, body, headers) => {
    const { origin, client, refreshes, asked } = await answering(status, body, headers)
    const response = await authorizedFetch(client)(`${origin}/3/image`)
    expect(response.status).toBe(status)
    expect(response.bodyUsed).toBe(false)
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(body))).toBe(true)
    expect([asked(), refreshes]).toEqual([1, []])
  })

  test('whose body never ends is checked by its beginning, and the caller can read on', async () => {
    let more = () => {}
    const origin = await serve((_, response) => {
      response.writeHead(403).write('x'.repeat(70_000))
      more = () => response.end('the end')
    })
    const client = clientWith({ provider: imgur({ baseUrl: origin }) })
    const response = await authorizedFetch(client)(`${origin}/3/image`)
    more()
    expect(await response.text()).toBe(`${'x'.repeat(70_000)}the end`)
  })

  test('that is successful is not inspected: its body is read only by the caller', async () => {
    const response = new Response('fine')
    const { fetch } = recorder(() => response)
    expect(await authorizedFetch(clientWith(), { fetch })('https://api.imgur.com/3/image')).toBe(response)
    expect(response.body!.locked).toBe(false)
  })
})

describe('a body', () => {
  const TEXT = 'naïve'
  const form = () => {
    const form = new FormData()
    form.append('type', 'file')
    form.append('image', new File([Buffer.from(TEXT)], 'picture.png', { type: 'image/png' }))
    return form
  }
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251)
  const BODIES: Record<string, () => BodyInit> = {
    text: () => TEXT,
    'an empty text': () => '',
    URLSearchParams: () => new URLSearchParams({ a: 'b c', d: TEXT }),
    Blob: () => new Blob([bytes], { type: 'image/png' }),
    File: () => new File([bytes], 'a.png'),
    FormData: form,
    ArrayBuffer: () => bytes.slice().buffer,
    Uint8Array: () => bytes.slice(),
    'a part of a Buffer': () => Buffer.from('abcdef').subarray(2, 4),
    DataView: () => new DataView(bytes.slice().buffer, 10, 1000),
  }

  test.each(Object.entries(BODIES))('that is %s is sent again unchanged', async (_, body) => {
    for (const asked of [
      (url: string): Parameters<typeof fetch> => [url, { method: 'POST', body: body() }],
      (url: string): Parameters<typeof fetch> => [new Request(url, { method: 'POST', body: body() })],
    ]) {
      const api = await startApi('new-1')
      const response = await authorizedFetch(await kept(), { origins: [api.origin] })(...asked(api.origin))
      expect(response.status).toBe(200)
      const [first, second] = api.asked
      const type = (one = first!) => one.headers['content-type']?.replace(/boundary=.*/, '')
      expect(type(second)).toBe(type())
      expect(second).toMatchObject({ method: 'POST', length: first!.length })
      expect(first!.headers['content-length']).toBe(String(first!.length)) // not in chunks, which not every API takes
      expect(second!.headers['content-length']).toBe(String(second!.length))
      const isForm = /multipart/.test(type() ?? '')
      if (!isForm) expect(second!.hash).toBe(first!.hash)
      else expect(first!.length).toBeGreaterThan(TEXT.length)
    }
  })

  test('that is changed after the call is sent as it was at the call', async () => {
    const api = await startApi('new-1')
    const tokens = await kept()
    const fetching = authorizedFetch(tokens, { origins: [api.origin] })
    const body = new TextEncoder().encode('before')
    const sent = fetching(api.origin, { method: 'POST', body })
    body.fill(0)
    await sent
    const headers = new Headers({ 'x-a': 'before' })
    const again = fetching(api.origin, { headers })
    headers.set('x-a', 'after')
    await again
    expect(api.asked.map(({ hash }) => hash).slice(0, 2)).toEqual(Array(2).fill(hashOf('before')))
    expect(api.asked[2]!.headers['x-a']).toBe('before')
  })

  const stream = () => ({ method: 'POST', body: new Blob([bytes]).stream(), duplex: 'half' }) as RequestInit
  async function* generated() {
    yield bytes
  }

  test.each<[string, (url: string) => readonly [RequestInfo, RequestInit?]]>([
    ['a stream', url => [url, stream()]],
    ['an async iterable', url => [url, { ...stream(), body: generated() as never }]],
    ['in a Request, more than replayBytes', url => [new Request(url, { method: 'POST', body: bytes })]],
    ['a stream in a Request, more than replayBytes', url => [new Request(url, stream())]],
  ])(
    'that is %s is sent once: the answer is returned, and the token is renewed for the next',
    async (_, asking) => {
      const api = await startApi('new-1')
      const tokens = await kept()
      const fetching = authorizedFetch(tokens, { origins: [api.origin], replayBytes: bytes.length - 1 })
      const response = await fetching(...asking(api.origin))
      expect([response.status, await response.text()]).toEqual([401, 'refused'])
      expect(api.asked).toMatchObject([{ length: bytes.length, hash: hashOf(bytes) }])
      expect((await fetching(api.origin)).status).toBe(200)
      expect(api.asked).toHaveLength(2)
      expect(tokens.refreshes).toBe(1)
    },
  )

  test('that is a stream in a Request of at most replayBytes is sent again', async () => {
    const api = await startApi('new-1')
    const fetching = authorizedFetch(await kept(), { origins: [api.origin], replayBytes: bytes.length })
    expect((await fetching(new Request(api.origin, stream()))).status).toBe(200)
    expect(api.asked.map(({ hash }) => hash)).toEqual(Array(2).fill(hashOf(bytes)))
  })

  test.each([
    ['is refused', 401, 'Bearer new-1'],
    ['is redirected', 307, 'Bearer old'],
  ])(
    'in a Request that %s before all of it was read is sent again, once all of it was',
    async (_, status, second) => {
      const sent: [string | null, string][] = []
      let last = () => {}
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('begin'))
          last = () => {
            controller.enqueue(new TextEncoder().encode('ning'))
            controller.close()
          }
        },
      })
      const fetching = authorizedFetch(await kept(), {
        origins: ['https://api.example'],
        async fetch(input, init) {
          const request = new Request(input, init)
          const isFirst = sent.length === 0
          sent.push([request.headers.get('authorization'), isFirst ? '' : await request.text()])
          if (!isFirst) return new Response('fine')
          setTimeout(last, 20) // the answer is there before the body is
          return new Response('', { status, headers: { location: '/there' } })
        },
      })
      const request = new Request('https://api.example/', {
        method: 'POST',
        body,
        duplex: 'half',
      } as RequestInit)
      expect((await fetching(request)).status).toBe(200)
      expect(sent).toEqual([
        ['Bearer old', ''],
        [second, 'beginning'],
      ])
    },
  )

  test('in a Request that stalls is not waited for: the rejection is returned', async () => {
    const fetching = authorizedFetch(await kept(), {
      origins: ['https://api.example'],
      fetch: async () => new Response('', { status: 401 }),
    })
    const init = { method: 'POST', body: new ReadableStream(), duplex: 'half' } as RequestInit
    expect((await fetching(new Request('https://api.example/', init))).status).toBe(401)
  })

  test('that was already used fails as with fetch', async () => {
    const request = new Request('https://api.imgur.com/3/image', { method: 'POST', body: 'a' })
    await request.text()
    await expect(authorizedFetch(clientWith())(request)).rejects.toThrow(/used|unusable/)
  })
})

describe('the signal', () => {
  /** A store that does not respond until it is released. */
  function slowStore(): { store: TokenStore; answer: () => void } {
    const inner = new MemoryTokenStore()
    const { happened, happens } = occasion()
    const store: TokenStore = {
      atomicity: 'process',
      read: async key => (await happened, inner.read(key)),
      compareAndSwap: async (...swap) => (await happened, inner.compareAndSwap(...swap)),
      remove: key => inner.remove(key),
    }
    return { store, answer: happens }
  }

  test.each(['beside the URL', 'in the Request'])(
    '%s ends the wait of its caller, and nobody else’s',
    async where => {
      const { store, answer } = slowStore()
      const { fetch, calls } = recorder()
      const fetching = authorizedFetch(clientWith({ store, access_token: undefined }), { fetch })
      const url = 'https://api.imgur.com/3/image'
      const aborter = new AbortController()
      const { signal } = aborter
      const patient = fetching(url)
      const impatient =
        where === 'in the Request' ? fetching(new Request(url, { signal })) : fetching(url, { signal })
      aborter.abort(new Error('enough'))
      await expect(impatient).rejects.toThrow('enough')
      expect(calls).toHaveLength(0)
      answer()
      expect((await patient).status).toBe(200)
      await expect(fetching(url, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
        'before',
      )
      expect(calls).toHaveLength(1)
    },
  )

  test('ends the wait for a new token, and the refresh goes on', async () => {
    const api = await startApi('new-1')
    const refresh = occasion()
    const begun = occasion()
    const tokens = await kept({
      async refresh() {
        begun.happens()
        await refresh.happened
        return { access_token: 'new-1' }
      },
    })
    const fetching = authorizedFetch(tokens, { origins: [api.origin] })
    const aborter = new AbortController()
    const impatient = fetching(api.origin, { signal: aborter.signal })
    const patient = fetching(api.origin)
    await begun.happened
    aborter.abort()
    await expect(impatient).rejects.toMatchObject({ name: 'AbortError' })
    refresh.happens()
    expect((await patient).status).toBe(200)
  })

  test('that does not abort leaves nothing behind', async () => {
    const { fetch } = recorder()
    const { signal } = new AbortController()
    let listeners = 0
    let most = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      most = Math.max(most, ++listeners)
      addEventListener.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--
      removeEventListener.apply(signal, args)
    }
    const fetching = authorizedFetch(clientWith(), {
      fetch: async () => (await fetch('https://a.example'), new Response('')),
    })
    for (let calls = 0; calls < 3; calls++) await fetching('https://api.imgur.com/', { signal })
    await setImmediate()
    expect(listeners).toBe(0)
    expect(most).toBe(1)
  })
})

describe('no error contains a secret', () => {
  const CANARY = 'canary4711'
  const everythingIn = (error: unknown) =>
    inspect(error, { showHidden: true, depth: Infinity, getters: true, maxStringLength: Infinity })

  const PATHS: Record<string, () => Promise<unknown>> = {
    'connection refused': async () => {
      const origin = `http://127.0.0.1:${await closedPort()}`
      return authorizedFetch(clientWith({ access_token: CANARY }), { origins: [origin] })(origin)
    },
    'a refresh that fails': async () => {
      const origin = (await startApi('none')).origin
      const tokens = await kept({ refresh: () => Promise.reject(new Error('refused')) })
      await tokens.import({ access_token: CANARY, refresh_token: `${CANARY}r` })
      return authorizedFetch(tokens, { origins: [origin] })(origin)
    },
    'a mashape_key with a line break': () =>
      authorizedFetch(clientWith({ mashape_key: `${CANARY}\r\nx-b: c` }))('https://api.imgur.com/'),
    'a client_id with a line break': async () =>
      authorizedFetch(new Client({ client_id: `${CANARY}\n` }))('https://api.imgur.com/'),
    'an abort while waiting for the answer': async () => {
      const aborter = new AbortController()
      const origin = await serve(() => aborter.abort())
      const { signal } = aborter
      return authorizedFetch(clientWith({ access_token: CANARY }), { origins: [origin] })(origin, { signal })
    },
  }
  test.each(Object.entries(PATHS))('%s', async (_, fail) => {
    const error = await fail().then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(error).toBeTruthy()
    expect(everythingIn(error)).not.toContain(CANARY)
  })
})
