// Addresses that look like an API's: none of them receives a token.
import { beforeAll, expect, test } from '@jest/globals'
import { Client, defineProvider } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'

const LETTERS = ['а', 'ο', 'ｅ', 'ı', 'ⅼ', 'ɡ'] // of other alphabets, which look like Latin ones
const CONTROLS = ['\0', '\t', '\n', '\r', ' ', '\u00ad', '\u200b', '\u2060', '\ufeff', '\u3000']
const DOTS = ['。', '．', '｡', '․', '%2e', '%E3%80%82', '\\.', '..', '']
const SLASHES = ['/', '\\', '//', '/\\', '%2f', '%5c', '?', '#', ';', '@', ':', ':@', '%40', '%00', '%0d%0a', '%23', '%3f'] // prettier-ignore
const SUFFIXES = ['.evil.example', 'evil.example', '-evil.example', '.', '..', '.co', '.cn', '.com', ':443@evil.example', ':80', ':8443', ':0'] // prettier-ignore
const SCHEMES = ['http', 'ftp', 'ws', 'wss', 'file', 'data', 'javascript', 'blob:https', 'view-source:https', 'HTTP'] // prettier-ignore

const HOSTILE = [
  ...SUFFIXES.flatMap(suffix =>
    ['www', 'storage', 'a.b'].map(sub => `https://${sub}.googleapis.com${suffix}/`),
  ),
  ...SLASHES.map(slash => `https://evil.example${slash}www.googleapis.com`),
  ...SLASHES.map(slash => `https://evil.example${slash}.googleapis.com/`),
  ...SLASHES.map(slash => `https://evil.example:443${slash}@www.googleapis.com.evil.example/`),
  ...SLASHES.map(slash => `https://evil.example/x${slash}https://www.googleapis.com`),
  ...SCHEMES.map(scheme => `${scheme}://www.googleapis.com/`),
  ...DOTS.filter(dot => !['。', '．', '｡', '%2e', '%E3%80%82'].includes(dot)).flatMap(dot => [
    `https://www${dot}googleapis.com.evil.example/`,
    `https://evil.example${dot}googleapis${dot}com/`,
    `https://wwwgoogleapis${dot}com/`,
  ]),
  ...LETTERS.flatMap(letter => [
    `https://www.g${letter}ogleapis.com/`,
    `https://www.googl${letter}x.com/.googleapis.com`,
    `https://${letter}.evil.example/www.googleapis.com`,
    `https://www.googleapis.com.${letter}.example/`,
  ]),
  ...CONTROLS.flatMap(control => [
    `https://www.googleapis.com${control}.evil.example/`,
    `https://evil.example/${control}www.googleapis.com`,
    `https://evil${control}googleapis.com/`,
  ]),
  ...['user', 'user:password', 'www.googleapis.com', 'www.googleapis.com:443'].flatMap(user => [
    `https://${user}@evil.example/`,
    `https://${user}@evil.example:443/www.googleapis.com`,
  ]),
  'https://googleapis.com/', // the domain itself is not below it
  'https://googleapis.com./',
  'https://.googleapis.com/',
  'https://..googleapis.com/',
  'https://a..googleapis.com/',
  'https://xgoogleapis.com/',
  'https://www.xgoogleapis.com/',
  'https://www-googleapis.com/',
  'https://www.googleapis.comx/',
  'https://www.googleapis.org/',
  'https://googleapis.com.www.evil.example/',
  'https://www.googleapis.co/m',
  'https://127.0.0.1/www.googleapis.com',
  'https://[::1]/www.googleapis.com',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://www.googleapis.com%00.evil.example/',
  'https://www.googleapis.com%2eevil.example/',
  'https://www.googleapis.com%252eevil.example/',
  'https:evil.example/www.googleapis.com',
  'https:/evil.example/www.googleapis.com',
  'https:///evil.example/www.googleapis.com',
  'https:\\\\evil.example\\www.googleapis.com',
  '//www.googleapis.com/',
  '/www.googleapis.com/',
  'www.googleapis.com',
  '*.googleapis.com',
  'https://*.googleapis.com.evil.example/',
  'https://xn--googleapis-.com/',
  'https://www.xn--ggleapis-k0ga.com/',
]
const OWN = [
  'https://www.googleapis.com/drive/v3/files?q=1',
  'https://WWW.GoogleAPIs.com/',
  'https://www.googleapis.com:443/x',
  'https://a.b.googleapis.com/',
  'https://storage.googleapis.com',
  'https://www.googlｅapis.com/', // parsing makes it the same host
]

const provider = defineProvider({
  name: 'wild',
  tokenEndpoint: 'https://oauth2.example/token',
  clientAuthentication: 'none',
  api: { origins: ['https://*.googleapis.com'], headers: { 'X-Key': '{access_token}' } },
})

const client = new Client({ client_id: 'a', provider })
beforeAll(() => client.import({ access_token: 'the-access-token' }))

/** Returns the credentials in a request of `authorizedFetch`, which does not leave this process. */
async function credentialsAt(address: string): Promise<string | null> {
  let sent: string | null = 'not sent'
  const send = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const { headers } = new Request(input, init)
    sent = headers.get('authorization') ?? headers.get('x-key')
    return new Response('{}')
  }
  await authorizedFetch(client, { fetch: send })(address).catch(() => {})
  return sent
}

async function hasHeaders(address: string): Promise<boolean> {
  return client.headersFor({ url: address }).then(
    () => true,
    () => false,
  )
}

test(`${HOSTILE.length} hostile addresses receive nothing for https://*.googleapis.com`, async () => {
  expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(200)
  const leaks = []
  for (const address of new Set(HOSTILE)) {
    const sent = await credentialsAt(address)
    if ((sent ?? '').includes('the-access-token') || (await hasHeaders(address))) leaks.push([address, sent])
  }
  expect(leaks).toEqual([])
})

test.each(OWN)('%s receives the token', async address => {
  expect(await credentialsAt(address)).toBe('Bearer the-access-token')
  expect(await hasHeaders(address)).toBe(true)
})
