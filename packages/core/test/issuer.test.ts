// RFC 9207: the server that a redirect comes from.
import { describe, expect, test } from '@jest/globals'
import { authorizationCode, implicit } from '../src/flows/index.ts'
import { Client, type Provider } from '../src/index.ts'
import { credentials, failureIn, returned, STATE, strict } from './support.ts'

const ISSUER = 'https://as.example/tenant'
const may: Provider = { ...strict, issuer: ISSUER }
const must: Provider = { ...may, issParameter: true }

const redirect = (parameters: Record<string, string>): string =>
  `https://app.example/cb?${new URLSearchParams({ state: STATE, ...parameters })}`

describe('RFC 9207 section 2.4: a redirect with an iss', () => {
  test.each([may, must])('equal to the issuer is accepted', provider => {
    expect(returned.code(redirect({ code: 'c0de', iss: ISSUER }), provider).type).toBe('exchanging')
  })

  test.each([
    ['another server', 'https://evil.example'],
    ['no server', ''],
    ['the parent path', 'https://as.example'],
    ['the server with a slash at the end', `${ISSUER}/`],
    ['the server in upper case', ISSUER.toUpperCase()],
    ['the server with a port', 'https://as.example:443/tenant'],
  ])('of %s is rejected, and nothing is sent', (_, iss) => {
    for (const provider of [may, must])
      for (const result of [{ code: 'c0de' }, { error: 'access_denied' }, { error: 'server_error' }]) {
        const state = returned.code(redirect({ ...(result as Record<string, string>), iss }), provider)
        expect(state.type).toBe('awaitingRedirect')
        expect(failureIn(state)).toEqual({
          code: 'issuer_mismatch',
          message: 'the redirect carries another issuer',
        })
      }
  })

  test('twice is rejected', () => {
    const input = `${redirect({ code: 'c0de', iss: ISSUER })}&iss=https://evil.example`
    expect(failureIn(returned.code(input, must))).toMatchObject({ code: 'redirect_invalid' })
  })

  test('is rejected if the provider has no issuer, unless the path was compared and is its own', () => {
    const machine = authorizationCode(strict)
    const input = redirect({ code: 'c0de', iss: 'https://any.example' })
    const typeAfter = (redirect_uri: string, redirectUriIsOwn: boolean, came = input): string => {
      const { state } = machine.start({ client_id: 'id', state: STATE, redirect_uri })
      const event = { type: 'returned', input: came, credentials, redirectUriIsOwn } as const
      const after = machine.step(state, event).state
      return 'failure' in after ? after.failure!.code : after.type
    }
    expect(typeAfter('https://app.example/cb', true)).toBe('exchanging')
    expect(typeAfter('https://app.example/cb', false)).toBe('issuer_mismatch')
    expect(typeAfter('https://app.example/other', true)).toBe('redirect_invalid')
    expect(typeAfter('postmessage', true)).toBe('issuer_mismatch')
    expect(typeAfter('https://app.example/cb', true, input.slice(input.indexOf('?')))).toBe('issuer_mismatch')
    const { message } = failureIn(returned.code(input, strict))
    expect(message).toContain("https://any.example, and the provider 'strict' has none to compare it with")
  })

  test('of another flow is rejected for its state, which is checked first', () => {
    const input = redirect({ code: 'c0de', iss: 'https://evil.example', state: 'another' })
    expect(failureIn(returned.code(input, must))).toMatchObject({ code: 'state_mismatch' })
  })

  test('that is wrong can be followed by a redirect with the right one', () => {
    const machine = authorizationCode(must)
    const come = (iss: string) =>
      ({ type: 'returned', input: redirect({ code: 'c0de', iss }), credentials }) as const
    const { state } = machine.start({ client_id: 'id', state: STATE })
    const rejected = machine.step(state, come('https://evil.example')).state
    expect(machine.step(rejected, come(ISSUER)).state).toMatchObject({ type: 'exchanging' })
  })
})

describe('RFC 9207 section 2.4: a redirect without an iss', () => {
  test('is rejected if the server always sends it', () => {
    expect(failureIn(returned.code(redirect({ code: 'c0de' }), must))).toMatchObject({
      code: 'issuer_mismatch',
    })
  })

  test('is accepted otherwise', () => {
    expect(returned.code(redirect({ code: 'c0de' }), may).type).toBe('exchanging')
  })

  test('a bare code that the user copied needs none', () => {
    expect(returned.code('c0de', must).type).toBe('exchanging')
  })
})

test("mix-up attack: the honest server's code is not sent to the attacker's server", async () => {
  // RFC 9700 section 4.4.1: the user chose the attacker's server, which redirected them to the honest one. The honest
  // server's redirect then reaches a flow that would send its code to the attacker.
  const sent: string[] = []
  const transport = {
    send({ url }: { url: string }) {
      sent.push(url)
      return Promise.reject(new Error('nothing may be sent'))
    },
  }
  const attacker: Provider = {
    ...strict,
    name: 'evil',
    issuer: 'https://evil.example',
    tokenEndpoint: 'https://evil.example/token',
  }
  const flow = new Client({ client_id: 'id', provider: attacker, transport }).Authorize.byCode('s')
  const mixedUp = `https://app.example/cb?code=c0de&state=s&iss=${encodeURIComponent(ISSUER)}`
  await expect(flow.authorize(mixedUp)).rejects.toMatchObject({
    name: 'IssuerMismatchError',
    code: 'issuer_mismatch',
    kind: undefined,
  })
  expect(sent).toEqual([])
})

const ADVICE = ': if a proxy changes the path, pass { ignorePath: true } to complete()'

describe('RFC 9700 section 4.4.2.2: a separate redirect URI for each server, without an iss', () => {
  const redirect_uri = 'https://app.example/callback/one'
  const input = (came: string, more = ''): string => `${came}?code=c0de&state=${STATE}${more}`
  const typeAfter = (came: string, provider = strict, asked: string | null = redirect_uri): unknown => {
    const machine = authorizationCode(provider)
    const { state } = machine.start({ client_id: 'id', state: STATE, redirect_uri: asked })
    const after = machine.step(state, { type: 'returned', input: came, credentials }).state
    return 'failure' in after ? after.failure!.message : after.type
  }

  test.each([
    ['its own URI', input('https://app.example/callback/one'), redirect_uri],
    [
      'its own path, at an origin that a proxy has changed',
      input('http://10.0.0.1:80/callback/one'),
      redirect_uri,
    ],
    ['its own path alone', input('/callback/one'), redirect_uri],
    ['no path', `?code=c0de&state=${STATE}`, redirect_uri],
    ['its own URI, which has a query', input('/callback'), 'https://app.example/callback?server=one'],
    ['its own URI, the root', input('https://app.example/'), 'https://app.example'],
    ['its own URI, with a custom scheme', input('com.example.app:/one'), 'com.example.app:/one'],
    ['any URI, if the request had none', input('https://app.example/wherever'), null],
  ])('a redirect to %s is accepted', (_, came, asked) => {
    expect(typeAfter(came, strict, asked)).toBe('exchanging')
  })

  test.each([
    ['another server’s URI', input('https://app.example/callback/two'), '/callback/two'],
    ['another server’s path, without the origin', input('/callback/two'), '/callback/two'],
    ['a longer path', input('/callback/one/more'), '/callback/one/more'],
    ['a path with two final slashes', input('/callback/one//'), '/callback/one/'],
    ['an escaped slash', input('/callback%2Fone'), '/callback%2Fone'],
    ['another case', input('/Callback/one'), '/Callback/one'],
    [
      'another server’s path, with an iss and a provider without an issuer',
      input('/two', '&iss=https://a.example'),
      '/two',
    ],
    [
      'another server’s path, with an error',
      `/callback/two?error=access_denied&state=${STATE}`,
      '/callback/two',
    ],
  ])('a redirect to %s is rejected, and nothing is sent', (_, came, path) => {
    const message = `the redirect came to ${path}, not to the path of the redirect_uri${ADVICE}`
    expect(typeAfter(came)).toBe(message)
    const machine = implicit(strict)
    const { state } = machine.start({ client_id: 'id', state: STATE, redirect_uri })
    expect(machine.step(state, { type: 'returned', input: came, nowMs: 0 }).state).toMatchObject({
      type: 'awaitingToken',
      failure: { code: 'redirect_invalid', message },
    })
  })

  test('a redirect with the right iss is accepted at any path', () => {
    expect(typeAfter(input('/callback/two', `&iss=${ISSUER}`), may)).toBe('exchanging')
  })
})
