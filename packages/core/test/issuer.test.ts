// RFC 9207: which server a redirect comes from.
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
  test.each([may, must])('that is the issuer is taken', provider => {
    expect(returned.code(redirect({ code: 'c0de', iss: ISSUER }), provider).type).toBe('exchanging')
  })

  test.each([
    ['another server', 'https://evil.example'],
    ['nobody', ''],
    ['its own parent', 'https://as.example'],
    ['itself, spelled with a slash at the end', `${ISSUER}/`],
    ['itself, spelled in capitals', ISSUER.toUpperCase()],
    ['itself, spelled with a port', 'https://as.example:443/tenant'],
  ])('of %s is refused, and nothing is sent', (_, iss) => {
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

  test('twice is refused', () => {
    const input = `${redirect({ code: 'c0de', iss: ISSUER })}&iss=https://evil.example`
    expect(failureIn(returned.code(input, must))).toMatchObject({ code: 'redirect_invalid' })
  })

  test('says nothing where the issuer is not known', () => {
    expect(returned.code(redirect({ code: 'c0de', iss: 'https://any.example' }), strict).type).toBe(
      'exchanging',
    )
  })

  test('of another flow is refused for its state: that comes first', () => {
    const input = redirect({ code: 'c0de', iss: 'https://evil.example', state: 'another' })
    expect(failureIn(returned.code(input, must))).toMatchObject({ code: 'state_mismatch' })
  })

  test('may come back with the right one afterwards', () => {
    const machine = authorizationCode(must)
    const come = (iss: string) =>
      ({ type: 'returned', input: redirect({ code: 'c0de', iss }), credentials }) as const
    const { state } = machine.start({ client_id: 'id', state: STATE })
    const refused = machine.step(state, come('https://evil.example')).state
    expect(machine.step(refused, come(ISSUER)).state).toMatchObject({ type: 'exchanging' })
  })
})

describe('RFC 9207 section 2.4: a redirect without an iss', () => {
  test('is refused where the server always sends it', () => {
    expect(failureIn(returned.code(redirect({ code: 'c0de' }), must))).toMatchObject({
      code: 'issuer_mismatch',
    })
  })

  test('is taken where it does not', () => {
    expect(returned.code(redirect({ code: 'c0de' }), may).type).toBe('exchanging')
  })

  test('a bare code, which a person carried over, needs none', () => {
    expect(returned.code('c0de', must).type).toBe('exchanging')
  })
})

test('mix-up: a code of an honest server that an attacker sends on in the name of its own is sent to neither', async () => {
  // RFC 9700 section 4.4.1: the person chose the attacker's server, which sent them on to the honest one. Its
  // redirect then comes back to a flow that would bring the honest server's code to the attacker.
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

describe('RFC 9700 section 4.4.2.2: a redirect URI of each server’s own, where no iss tells them apart', () => {
  const redirect_uri = 'https://app.example/callback/one'
  const input = (came: string, more = ''): string => `${came}?code=c0de&state=${STATE}${more}`
  const typeAfter = (came: string, provider = strict, asked: string | null = redirect_uri): unknown => {
    const machine = authorizationCode(provider)
    const { state } = machine.start({ client_id: 'id', state: STATE, redirect_uri: asked })
    const after = machine.step(state, { type: 'returned', input: came, credentials }).state
    return 'failure' in after ? after.failure!.message : after.type
  }

  test.each([
    ['its own', input('https://app.example/callback/one'), redirect_uri],
    [
      'its own path, of an origin that a proxy has changed',
      input('http://10.0.0.1:80/callback/one'),
      redirect_uri,
    ],
    ['its own path alone', input('/callback/one'), redirect_uri],
    ['no path', `?code=c0de&state=${STATE}`, redirect_uri],
    ['its own, which has a query', input('/callback'), 'https://app.example/callback?server=one'],
    ['its own, the root', input('https://app.example/'), 'https://app.example'],
    ['its own, of an application', input('com.example.app:/one'), 'com.example.app:/one'],
    ['any, where the server chooses', input('https://app.example/wherever'), null],
  ])('one that came to %s is taken', (_, came, asked) => {
    expect(typeAfter(came, strict, asked)).toBe('exchanging')
  })

  test.each([
    ['another server’s', input('https://app.example/callback/two'), '/callback/two'],
    ['another server’s, without the origin', input('/callback/two'), '/callback/two'],
    ['a longer one', input('/callback/one/'), '/callback/one/'],
    [
      'another server’s, with an iss that this one does not know',
      input('/two', '&iss=https://a.example'),
      '/two',
    ],
    ['another server’s, with an error', `/callback/two?error=access_denied&state=${STATE}`, '/callback/two'],
  ])('one that came to %s is refused, and nothing is sent', (_, came, path) => {
    const message = `the redirect came to ${path}, not to the redirect_uri`
    expect(typeAfter(came)).toBe(message)
    const machine = implicit(strict)
    const { state } = machine.start({ client_id: 'id', state: STATE, redirect_uri })
    expect(machine.step(state, { type: 'returned', input: came, nowMs: 0 }).state).toMatchObject({
      type: 'awaitingToken',
      failure: { code: 'redirect_invalid', message },
    })
  })

  test('with the right iss it may come wherever it likes', () => {
    expect(typeAfter(input('/callback/two', `&iss=${ISSUER}`), may)).toBe('exchanging')
  })
})
