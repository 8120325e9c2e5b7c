// What comes back: redirects, errors without a state, prefetches, form_post, pasted input.
import { once } from 'node:events'
import { request, type RequestOptions } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect } from '@jest/globals'
import type { CompleteOptions, ProviderDescription } from '@latchkey/core'
import { startReceiver } from '@latchkey/receivers/node'
import { clientOf, field, granted, neighbour, startServer } from './support.ts'

const server = await startServer()
const CODE = '4/0Abc-d_e'
const TOKENS = 'access_token=A1&token_type=bearer&expires_in=3600'

/** Signs in with a redirect that is made of the state, and returns the code that the server received, or the error. */
async function comeBack(
  redirect: (state: string) => string,
  options: { redirect_uri?: string } = {},
  description: Partial<ProviderDescription> = {},
): Promise<unknown> {
  server.respond('/token', granted(1))
  const client = clientOf(server, options, description)
  const pending = client.Authorize.byCode()
  const sent = server.requests.length
  return pending.authorize(redirect(pending.state)).then(
    () => server.requests.at(-1)!.form['code'],
    (error: unknown) => {
      expect(server.requests).toHaveLength(sent)
      return error
    },
  )
}

/** The same with `save` and `complete`, which resolves to what `complete` does. */
async function completeWith(
  redirect: (state: string) => string,
  options: Partial<CompleteOptions> = {},
  redirect_uri = 'https://app.example/callback',
  description: Partial<ProviderDescription> = {},
) {
  server.respond('/token', granted(1))
  const client = clientOf(server, { redirect_uri }, description)
  const pending = client.Authorize.byCode()
  const { binding } = await pending.save()
  const url = redirect(pending.state)
  return client.Authorize.complete(url, { binding, account: () => 'me', ...options })
}

for (const redirect_uri of ['My_Company-MyCompan-MyApp-abcdef', 'postmessage'])
  field('passport-oauth2#83', `the redirect_uri may be a registered name: ${redirect_uri}`, async () => {
    const redirect = (state: string) => `https://app.example/ebay/return?code=c&state=${state}`
    expect(await comeBack(redirect, { redirect_uri })).toBe('c')
    expect(await completeWith(redirect, {}, redirect_uri)).toMatchObject({ account: 'me' })
  })

for (const [registered, came] of [
  ['https://app.example/callback', '/callback/'],
  ['https://app.example/callback/', '/callback'],
  ['https://app.example/~me/callback', '/%7Eme/callback'],
  ['https://app.example/%7Eme/callback', '/~m%65/callback'],
  ['https://app.example/caf%c3%a9', '/caf%C3%A9'],
  ['https://app.example/café', '/caf%C3%A9'],
  ['https://app.example', '/'],
] as const)
  field('ep_openid_connect#148', `${came} is ${registered}`, async () => {
    const redirect = (state: string) => `${came}?code=c&state=${state}`
    expect(await comeBack(redirect, { redirect_uri: registered })).toBe('c')
    expect(await completeWith(redirect, {}, registered)).toMatchObject({ account: 'me' })
  })

field('ep_openid_connect#148', 'a prefix that a proxy strips: the message names the way out', async () => {
  const redirect = (state: string) => `/callback?code=c&state=${state}`
  const uri = 'https://app.example/prefix/callback'
  await expect(completeWith(redirect, {}, uri)).rejects.toMatchObject({
    code: 'redirect_invalid',
    message: expect.stringContaining('ignorePath: true'),
    stillWaits: true,
  })
  expect(await completeWith(redirect, { ignorePath: true }, uri)).toMatchObject({ account: 'me' })
})

for (const came of ['/callback%2F', '/callback//', '/Callback', '/callback/../other', '/callback%252F', '/'])
  neighbour(`${came} is not /callback`, async () => {
    expect(await comeBack(state => `https://app.example${came}?code=c&state=${state}`)).toMatchObject({
      code: 'redirect_invalid',
    })
  })

neighbour('an iss at a provider without issuer needs a path of its own', async () => {
  const redirect = (state: string) => `/callback?code=c&state=${state}&iss=https://elsewhere.example`
  await expect(completeWith(redirect)).rejects.toMatchObject({ code: 'issuer_mismatch', stillWaits: true })
  const own = { redirectUriIsOwn: true }
  expect(await completeWith(redirect, own)).toMatchObject({ account: 'me' })
  await expect(completeWith(redirect, { ...own, ignorePath: true })).rejects.toMatchObject({
    code: 'issuer_mismatch',
  })
  await expect(completeWith(redirect, own, 'postmessage')).rejects.toMatchObject({ code: 'issuer_mismatch' })
  await expect(completeWith(redirect, own, undefined, { issuer: server.url })).rejects.toMatchObject({
    code: 'issuer_mismatch',
  })
})

const PLACES: readonly ((parameters: string) => string)[] = [
  p => `https://app.example/#/${p}`,
  p => `https://app.example/#!/${p}`,
  p => `https://app.example/#!${p}`,
  p => `https://app.example/#/callback?${p}`,
  p => `https://app.example/#!/callback?${p}`,
  p => `https://app.example/#/callback#${p}`,
  p => `https://app.example/#/callback&${p}`,
  p => `https://app.example/#/deep/callback/${p}`,
  p => `https://app.example/?${p}#/callback`,
  p => `https://app.example/?${p}#_=_`,
]
for (const at of PLACES)
  field('oidc-client-js#184', `a hash router: ${at('...')}`, async () => {
    const redirect_uri = 'https://app.example/'
    expect(await comeBack(state => at(`code=${CODE}&state=${state}`), { redirect_uri })).toBe(CODE)
    const client = clientOf(server, { redirect_uri }, { grants: ['implicit'] })
    const pending = client.Authorize.byToken()
    expect(pending.authorize(at(`${TOKENS}&state=${pending.state}`))).toMatchObject({ access_token: 'A1' })
  })

const STRAY = 'error=access_denied&error_description=The+user+said+no'

field('hello.js#323', 'an error without a state is not obeyed, and the error has its words', async () => {
  const expected = {
    code: 'state_mismatch',
    message: expect.stringMatching(/no state.*access_denied: The user said no/),
    stillWaits: true,
  }
  expect(await comeBack(() => `https://app.example/callback?${STRAY}`)).toMatchObject(expected)
  await expect(completeWith(() => `/callback?${STRAY}`)).rejects.toMatchObject(expected)
})

/** Sends one request with exactly these headers. */
async function send(url: string, options: RequestOptions = {}, body = '') {
  const sent = request(url, { agent: false, ...options })
  sent.end(body)
  const [response] = await once(sent, 'response')
  return { status: response.statusCode as number, body: await text(response) }
}

field(
  'Rock#6635',
  'an error without a state is on the page, at the program, and in the timeout',
  async () => {
    const said: string[] = []
    await using receiver = await startReceiver({
      program: 'the test',
      onStrayError: message => void said.push(message),
    })
    const received = receiver.receive({ state: 's', authorize: () => 'done' }, { timeoutMs: 2_000 })
    received.catch(() => {})
    const { status, body } = await send(`${receiver.redirect_uri}?${STRAY}%3Cb%3E`)
    expect(status).toBe(400)
    expect(body).toContain('access_denied: The user said no&lt;b&gt;')
    expect(said).toEqual([
      "somebody came back with 'access_denied: The user said no<b>', without a state; still waiting",
    ])
    await expect(received).rejects.toMatchObject({
      code: 'timed_out',
      message: expect.stringContaining('The user said no'),
    })
  },
)

neighbour(
  'an error without a state in the fragment reaches the program too, and the sign-in goes on',
  async () => {
    const said: string[] = []
    await using receiver = await startReceiver({ onStrayError: message => void said.push(message) })
    const { redirect_uri } = receiver
    const received = receiver.receive({ state: 's', authorize: () => 'done' })
    const headers = { origin: new URL(redirect_uri).origin }
    await send(redirect_uri, { method: 'POST', headers }, `${redirect_uri}#${STRAY}`)
    expect(said).toHaveLength(1)
    await send(`${redirect_uri}?code=c&state=s`)
    expect(await received).toBe('done')
  },
)

for (const headers of [
  { 'sec-purpose': 'prefetch' },
  { 'sec-purpose': 'prefetch;prerender' },
  { purpose: 'prefetch' },
  { 'x-moz': 'prefetch' },
] as Record<string, string>[])
  field('streamlit#15589', `a prefetch takes nothing: ${JSON.stringify(headers)}`, async () => {
    await using receiver = await startReceiver()
    let count = 0
    const received = receiver.receive({ state: 's', authorize: () => ++count })
    const url = `${receiver.redirect_uri}?code=c&state=s`
    expect((await send(url, { headers })).status).toBe(503)
    expect(count).toBe(0)
    const { status, body } = await send(url)
    expect([status, body.includes('You are signed in')]).toEqual([200, true])
    expect(await received).toBe(1)
  })

field(
  'better-auth#5243',
  'form_post: complete takes the body, and returns its other parameters',
  async () => {
    const user = '{"name":{"firstName":"A"}}'
    const body = (state: string) => `${new URLSearchParams({ state, code: CODE, user })}`
    expect(await completeWith(body)).toMatchObject({ account: 'me', redirect: { user } })
    expect(server.requests.at(-1)!.form['code']).toBe(CODE)
    expect(await comeBack(body)).toBe(CODE)
  },
)

neighbour('complete returns at most 16 other parameters of 1 kB, and no secret', async () => {
  const others = Array.from({ length: 20 }, (_, index) => `p${index}=${index}`).join('&')
  const { redirect } = await completeWith(
    state =>
      `/callback?realmId=7&long=${'x'.repeat(1_025)}&code=c&id_token=i&error=&state=${state}&__proto__=x&${others}`,
  )
  expect(Object.keys(redirect)).toHaveLength(16)
  expect(redirect).toMatchObject({ realmId: '7', p0: '0' })
  for (const absent of ['long', 'code', 'id_token', 'error', 'state', 'p19'])
    expect(redirect).not.toHaveProperty(absent)
  expect(Object.getPrototypeOf(redirect)).toBe(Object.prototype)
})

for (const [uri, kept] of [
  ['https://as.example/errors/17?a=b', 'https://as.example/errors/17?a=b'],
  ['javascript:alert(1)', undefined],
  ['https://as.example/\u202e', undefined],
  ['', undefined],
] as const)
  neighbour(`the error_uri of a redirect is on its error: ${uri}`, async () => {
    for (const state of ['s', undefined]) {
      const error = await comeBack(actual => {
        const parameters = { error: 'invalid_scope', error_uri: uri, ...(state && { state: actual }) }
        return `/callback?${new URLSearchParams(parameters)}`
      })
      expect((error as { error_uri?: string }).error_uri).toBe(kept)
    }
  })

const url = (state: string) => `https://app.example/callback?code=4%2F0Abc-d_e&state=${state}`
const half = (state: string, gap: string) => {
  const whole = url(state)
  return whole.slice(0, 50) + gap + whole.slice(50)
}
const PASTED: Readonly<Record<string, (state: string) => string>> = {
  'a code from the address bar': () => '4%2F0Abc-d_e',
  'a code in quotes': () => `"${CODE}"`,
  'a code in single quotes': () => `'${CODE}'`,
  'a code in angle brackets': () => `<${CODE}>`,
  'a code in backticks': () => `\`${CODE}\``,
  'an encoded code in quotes': () => ' "4%2F0Abc-d_e"\n',
  'a code with a line break in it': () => '4/0Abc\n-d_e',
  'a redirect in quotes': state => `"${url(state)}"`,
  'a redirect in angle brackets': state => `<${url(state)}>`,
  'a redirect with a line break in it': state => half(state, '\r\n'),
  'a redirect with an indented line break in it': state => half(state, ' \n   '),
  'a redirect without a scheme': state => url(state).replace('https://', ''),
  'a redirect of a port without a scheme': state =>
    url(state).replace('https://app.example', 'localhost:8080'),
  'the query': state => new URL(url(state)).search,
  'the query without its question mark': state => new URL(url(state)).search.slice(1),
}
for (const [title, input] of Object.entries(PASTED))
  field('Google', `pasted: ${title}`, async () => expect(await comeBack(input)).toBe(CODE))

for (const input of ['c0de\r\nX-Evil: 1', '4%2F0A%0D%0AX', '""', '< >', 'a b\nc'])
  neighbour(`pasted, and not understood: ${JSON.stringify(input)}`, async () => {
    expect(await comeBack(() => input)).toMatchObject({ code: 'redirect_invalid', stillWaits: true })
  })

for (const input of ['100%', 'a%zz', 'a b%2F', '"a', "it's"])
  neighbour(`sent as it is: ${JSON.stringify(input)}`, async () => {
    expect(await comeBack(() => input)).toBe(input)
  })
