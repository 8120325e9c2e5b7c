// Metadata and discovery: what a hostile server, a hostile host beside it or a wrong configuration says.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from '@jest/globals'
import { Client, discover, DiscoveryError } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { respondingWith } from '../support.ts'

const ISSUER = 'https://as.example'
const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  code_challenge_methods_supported: ['S256'],
}

let cases = 0
const attack = (title: string, run: () => Promise<void>): void => {
  cases++
  test(title, run)
}

/** Discovers a server that sends this metadata everywhere; text is sent as it is. */
const discovered = (metadata: unknown) =>
  discover(ISSUER, {
    transport: respondingWith(() => ({
      body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    })),
  })

/** Checks that the metadata is rejected, for a reason that repeats no password. */
async function expectUnusable(metadata: unknown, reason = ''): Promise<void> {
  const error = await discovered(metadata).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(DiscoveryError)
  expect((error as Error).message).toContain(reason)
  expect((error as Error).message).not.toContain('hunter2')
}

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'device_authorization_endpoint',
  'pushed_authorization_request_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
]
const URLS: readonly unknown[] = [
  'http://as.example/x',
  'http://127.0.0.1:1/x',
  'http://localhost/x',
  'http://[::1]/x',
  'HTTP://127.0.0.1/x',
  'http://169.254.169.254/latest/meta-data',
  'ws://as.example/x',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  '//evil.example/x',
  '/x',
  '',
  'https://',
  'https://user:hunter2@as.example/x',
  'https://as.example@evil.example/x',
  'https://user:hunter2@',
  'https://as.example/x#fragment',
  'https://as.example/x#',
  'https://as.exa\nmple/x',
  'https://as.example/x\r\nHost: evil.example',
  ' https://as.example/x',
  'https://as.example/\u0000',
  7,
  true,
  {},
  ['https://as.example/x'],
]

describe.each(ENDPOINTS)('%s', member => {
  for (const url of URLS)
    attack(`is rejected: ${JSON.stringify(url)}`, () =>
      expectUnusable({ ...METADATA, [member]: url }, 'cannot be used'),
    )
})

describe('the issuer of the metadata', () => {
  for (const issuer of [
    'https://as.example/',
    'https://AS.example',
    'https://as.example.',
    'https://as.example:443',
    'https://as.example.evil.example',
    'https://as.example/tenant',
    'https://as.example?x',
    'https://user@as.example',
    'http://as.example',
    ' https://as.example',
    '',
    null,
    undefined,
    1,
    {},
    [ISSUER],
    { toString: ISSUER },
  ])
    attack(`must be the one that was requested, not ${JSON.stringify(issuer)}`, () =>
      expectUnusable({ ...METADATA, issuer }, 'belongs to the issuer'),
    )
})

describe('the issuer that a program passes', () => {
  for (const issuer of [
    'http://as.example',
    'http://127.0.0.1.evil.example',
    'ftp://as.example',
    'as.example',
    'https://user:hunter2@as.example',
    'https://as.example#x',
    'https://as.example?x=1',
    'https://as.example\n.evil.example',
    'https://as.example/\u0007',
    '',
    7,
    null,
  ])
    attack(`must be an https URL, not ${JSON.stringify(issuer)}, and nothing is sent`, async () => {
      const transport = respondingWith(() => ({ body: JSON.stringify({ ...METADATA, issuer }) }))
      const error = await discover(issuer as string, { transport }).catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(TypeError)
      expect((error as Error).message).not.toContain('hunter2')
      expect(transport.requests).toEqual([])
    })
})

describe('PKCE is not turned off', () => {
  for (const methods of [['plain'], [], ['s256'], ['none'], 'plain', null, {}, undefined])
    attack(`by the challenge methods ${JSON.stringify(methods)}`, async () => {
      const provider = await discovered({
        ...METADATA,
        code_challenge_methods_supported: methods,
        token_endpoint_auth_methods_supported: ['none'],
      })
      const { url } = new Client({ client_id: 'public', provider }).Authorize.byCode()
      expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256')
      expect(new URL(url).searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    })
})

describe('the query of the authorization endpoint must not choose', () => {
  for (const name of ['client_id', 'response_type', 'state', 'redirect_uri', 'scope', 'code_challenge'])
    for (const query of [
      `${name}=attacker`,
      `x=1&${name}=attacker`,
      `${encodeURIComponent(name).replace('e', '%65')}=a`,
    ])
      attack(query, () =>
        expectUnusable(
          { ...METADATA, authorization_endpoint: `${ISSUER}/authorize?${query}` },
          `authorizationEndpoint must not have '${name}'`,
        ),
      )
})

describe('a response without metadata', () => {
  for (const body of [
    '',
    'null',
    '[]',
    '"https://as.example"',
    '<!doctype html>',
    '{"issuer":"https://as.example"',
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    `{"__proto__":${JSON.stringify(METADATA)}}`,
    JSON.stringify({ issuer: ISSUER }),
  ])
    attack(`is rejected: ${body.slice(0, 40)}`, () => expectUnusable(body))

  attack('pollutes no prototype', async () => {
    const provider = await discovered(
      JSON.stringify(METADATA).replace(
        '{',
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
      ),
    )
    expect([{}, provider].map(value => (value as { polluted?: number }).polluted)).toEqual([
      undefined,
      undefined,
    ])
  })

  attack('of 5,000 levels in a member that nobody reads does no harm', async () => {
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`
    expect(await discovered(JSON.stringify(METADATA).replace('{', `{"deep":${deep},`))).toMatchObject({
      tokenEndpoint: `${ISSUER}/token`,
    })
  })
})

describe('a redirect of the metadata is not followed', () => {
  const received: string[] = []
  const server = createServer((request, response) => {
    received.push(request.url!)
    const [, status = '', target = ''] =
      /^\/(\d+)\/([^/]*)/.exec(request.url!.replace('/.well-known/oauth-authorization-server', '')) ?? []
    if (!status) return void response.end(JSON.stringify(METADATA))
    response.writeHead(Number(status), { location: decodeURIComponent(target) }).end()
  }).listen(0, '127.0.0.1')
  afterAll(() => void server.close().closeAllConnections())

  for (const status of [301, 302, 303, 307, 308])
    for (const target of [
      '/evil',
      '//127.0.0.1:PORT/evil',
      'http://localhost:PORT/evil',
      'file:///etc/passwd',
      'http://:::/',
    ])
      attack(`${status} to ${target}`, async () => {
        if (!server.listening) await new Promise(listening => server.once('listening', listening))
        const { port } = server.address() as AddressInfo
        const issuer = `http://127.0.0.1:${port}/${status}/${encodeURIComponent(target.replace('PORT', String(port)))}`
        const error = await discover(issuer, { transport: fetchTransport() }).catch(
          (caught: unknown) => caught,
        )
        expect(error).toBeInstanceOf(DiscoveryError)
        expect((error as DiscoveryError).location).toMatch(/evil|passwd|:::/)
        expect(received.filter(url => url.startsWith('/evil'))).toEqual([])
      })
})

describe('after discovery, the issuer of a redirect', () => {
  for (const iss of [
    undefined,
    '',
    'https://evil.example',
    `${ISSUER}/`,
    ISSUER.toUpperCase(),
    'https://as.example:443',
  ])
    attack(`must be this one, not ${iss}`, async () => {
      const provider = await discovered({ ...METADATA, authorization_response_iss_parameter_supported: true })
      const transport = respondingWith(() => ({}))
      const pending = new Client({ client_id: 'id', provider, transport }).Authorize.byCode()
      const parameters = { code: 'c', state: pending.state, ...(iss !== undefined && { iss }) }
      await expect(pending.authorize(`/callback?${new URLSearchParams(parameters)}`)).rejects.toMatchObject({
        code: 'issuer_mismatch',
        stillWaits: true,
      })
      expect(transport.requests).toEqual([])
    })
})

test('there are at least 100 cases', () => expect(cases).toBeGreaterThanOrEqual(100))
