import { expect, test } from '@jest/globals'
import { Client, MemoryTokenStore, observe } from '@latchkey/core'
import { fakeClock } from '@latchkey/test-kit'

const ALICE = { access_token: 'alice', refresh_token: 'RA', scope: 'read', expires_in: 3600 }

function twoClients() {
  const clock = fakeClock()
  const store = new MemoryTokenStore({ clock })
  const make = () => new Client({ client_id: 'id', account: 'mine', store, clock, logger: { warn() {} } })
  return { clock, store, here: make(), elsewhere: make() }
}

test('a subscriber hears of sign-ins and sign-outs elsewhere, and the snapshot shows them without a secret', async () => {
  const { clock, here, elsewhere } = twoClients()
  const seen: string[] = []
  expect(here.snapshot().status).toBe('unknown')
  const stop = here.subscribe(() => seen.push(here.snapshot().status))
  await clock.advance(1)
  expect(here.snapshot()).toEqual({
    status: 'signedOut',
    account: 'mine',
    scope: undefined,
    expiresAtMs: undefined,
  })
  await elsewhere.import(ALICE)
  await clock.advance(1)
  const snapshot = here.snapshot()
  expect(snapshot).toEqual({
    status: 'live',
    account: 'mine',
    scope: 'read',
    expiresAtMs: expect.any(Number),
  })
  expect(JSON.stringify(snapshot)).not.toMatch(/alice|RA/)
  await elsewhere.signOut()
  await clock.advance(1)
  expect(here.snapshot().status).toBe('signedOut')
  expect(seen).toContain('live')
  expect(seen.at(-1)).toBe('signedOut')
  stop()
  const heard = seen.length
  await elsewhere.import(ALICE)
  await clock.advance(1)
  expect(seen).toHaveLength(heard)
})

test('a snapshot is the same object until it changes', async () => {
  const { here } = twoClients()
  await here.import(ALICE)
  const before = here.snapshot()
  expect(here.snapshot()).toBe(before)
  await here.signOut()
  expect(here.snapshot()).not.toBe(before)
})

test('a snapshot shows a sign-in at once, and that the user must sign in again once the tokens have expired', async () => {
  const { clock, here } = twoClients()
  await here.import({ access_token: 'a', expires_in: 60 })
  expect(here.snapshot().status).toBe('live')
  await clock.advance(61_000)
  expect(here.snapshot().status).toBe('reauth')
})

test('an observer hears of the events of every account, and one that throws disturbs nobody', async () => {
  const { here, elsewhere } = twoClients()
  const events: string[] = []
  const stop = observe(({ type }, { provider, account }) => events.push(`${provider} ${account} ${type}`))
  const stopBad = observe(() => {
    throw new Error('never')
  })
  await here.import(ALICE)
  await elsewhere.account('other').import(ALICE)
  expect(events).toEqual(['imgur mine signed-in', 'imgur other signed-in'])
  stop()
  stopBad()
  await here.signOut()
  expect(events).toHaveLength(2)
})

test('a subscriber that throws disturbs no refresh, and is logged', async () => {
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const client = new Client({ client_id: 'id', account: 'mine', store: new MemoryTokenStore(), logger })
  client.subscribe(() => {
    throw new Error('never')
  })
  await client.import(ALICE)
  expect(await client.accessToken()).toBe('alice')
  expect(new Set(warnings)).toEqual(new Set(['Latchkey: a subscriber failed']))
})

test('subscribers hear of changes only, however many there are', async () => {
  const { clock, here, elsewhere } = twoClients()
  await here.import(ALICE)
  let calls = 0
  for (let n = 0; n < 100; n++) here.subscribe(() => calls++)
  await clock.advance(30_000)
  expect(await here.accessToken()).toBe('alice')
  expect(calls).toBe(0)
  await elsewhere.signOut()
  await clock.advance(1)
  expect(calls).toBe(100)
})

test.each<[string, (client: Client, listener: () => void) => () => void]>([
  ['a listener', (client, listener) => client.on('signed-out', listener)],
  ['an observer', (_, listener) => observe(listener)],
  ['a subscriber', (client, listener) => client.subscribe(listener)],
])('%s that adds itself again is called once for each change', async (_, add) => {
  const { here } = twoClients()
  await here.import(ALICE)
  let calls = 0
  let stop = (): void => {}
  const begin = (): void => {
    stop = add(here, () => {
      if (++calls > 10) throw new Error('called for ever')
      stop()
      begin()
    })
  }
  begin()
  await here.signOut()
  stop()
  expect(calls).toBe(1)
})
