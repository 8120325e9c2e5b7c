// Tests the contenders: each signs in at a real server, refreshes and keeps tokens, or gives a reason why it cannot.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { type Ability, type Contender, isCannot, type Server } from '../src/contender.ts'
import { CONTENDERS, load, NAMES } from '../src/contenders.ts'
import { serverOf, STRICT } from '../src/server.ts'

let emulator: Emulator
let server: Server

beforeAll(async () => {
  emulator = await startEmulator(STRICT)
  server = serverOf(emulator)
})
afterAll(() => emulator.close())

/** Returns an ability; checks the reason if the contender lacks it. */
function able<T extends object>(ability: Ability<T>): T | undefined {
  if (!isCannot(ability)) return ability
  expect(ability.cannot).toMatch(/\w+ \w+/)
  return undefined
}

async function allow(url: string): Promise<string> {
  const { account_username: username, password } = emulator.user
  // Octokit uses GitHub's URL, which needs no response_type.
  const search = new URLSearchParams({
    response_type: 'code',
    ...Object.fromEntries(new URL(url).searchParams),
  })
  return simulateUser({ username, password }).allow(`${server.authorizationEndpoint}?${search}`)
}

test.each(NAMES)('%s: has every ability of the table, or a reason', async name => {
  const contender: Contender = await load(name)
  const { begin, beginPkce, check, exchange, refresh, cachedToken } = contender
  for (const make of [able(begin), able(beginPkce)]) {
    if (!make) continue
    const request = await make(server)
    const begun = await request()
    const query = new URL(begun.url).searchParams
    expect(query.get('state')).toBe(begun.state)
    expect(query.has('code_challenge')).toBe(make === beginPkce)
    expect((await request()).state).not.toBe(begun.state)

    const exchanging = able(exchange)
    if (!exchanging) continue
    const redirect = await allow(begun.url)
    const checked = await able(check)?.(server)
    await checked?.(redirect, begun)
    const tokens = await (await exchanging(server))(redirect, begun)
    expect(tokens.access_token).toMatch(/^\w+$/)
    expect(tokens.expires_at).toBeGreaterThan(Date.now())
    const refreshMachine = await able(refresh)?.(server)
    const renewed = await refreshMachine?.(tokens.refresh_token)
    expect(renewed?.access_token).not.toBe(tokens.access_token)
    expect(renewed?.refresh_token).not.toBe(tokens.refresh_token)
  }
  const cached = await able(cachedToken)?.()
  if (cached) expect(JSON.stringify(await cached())).toContain('the-token')
  expect(CONTENDERS[name]).toBeTruthy()
})

test.each(NAMES)('%s: rejects a redirect with another state', async name => {
  const { begin, exchange } = await load(name)
  if (isCannot(begin) || isCannot(exchange)) return
  const begun = await (await begin(server))()
  const redirect = new URL(await allow(begun.url))
  redirect.searchParams.set('state', 'another')
  await expect((await exchange(server))(redirect.href, begun)).rejects.toThrow()
})
