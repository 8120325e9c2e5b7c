import { expect, test } from '@jest/globals'
import type { Emulator, RotationName } from '../src/index.ts'
import { emulatorWith, isAccepted, refresh, signIn } from './support.ts'

const BAD = 'Invalid refresh token'

/** Refreshes and returns the new refresh token, or the error message. */
async function exchange(emulator: Emulator, refresh_token: string): Promise<string> {
  const { json } = await refresh(emulator, refresh_token)
  return json.refresh_token ?? json.data.error
}

async function start(rotation: RotationName) {
  const emulator = await emulatorWith({ rotation, graceMs: 10_000 })
  const { refresh_token, access_token } = await signIn(emulator)
  return { emulator, first: refresh_token!, access_token: access_token! }
}

test('item 21: rotate-keep-old, the default, issues a new refresh token and the old one stays valid', async () => {
  expect((await emulatorWith()).switches.rotation).toBe('rotate-keep-old')
  const { emulator, first } = await start('rotate-keep-old')
  const second = await exchange(emulator, first)
  expect(second).not.toBe(first)
  expect(await exchange(emulator, first)).toMatch(/^[0-9a-f]{40}$/)
  expect(await exchange(emulator, second)).toMatch(/^[0-9a-f]{40}$/)
})

test.each(['echo-same', 'none'] as const)(
  'item 21: %s responses with the same refresh token and a new access token',
  async rotation => {
    const { emulator, first, access_token } = await start(rotation)
    const { json } = await refresh(emulator, first)
    expect(json.refresh_token).toBe(first)
    expect(json.access_token).not.toBe(access_token)
    expect(await exchange(emulator, first)).toBe(first)
  },
)

test.each(['rotate-revoke-old', 'single'] as const)(
  'item 21: %s takes each refresh token once and punishes nobody',
  async rotation => {
    const { emulator, first } = await start(rotation)
    const second = await exchange(emulator, first)
    expect(await exchange(emulator, first)).toBe(BAD)
    expect(await exchange(emulator, second)).toMatch(/^[0-9a-f]{40}$/)
  },
)

test('item 21: strict revokes the whole family when a refresh token is used again', async () => {
  const { emulator, first, access_token } = await start('strict')
  const second = await exchange(emulator, first)
  expect(await isAccepted(emulator, access_token)).toBe(true)
  expect(await exchange(emulator, first)).toBe(BAD)
  expect(await exchange(emulator, second)).toBe(BAD)
  expect(await isAccepted(emulator, access_token)).toBe(false)
})

test('item 21: strict does not revoke the families of other sign-ins', async () => {
  const { emulator, first } = await start('strict')
  const other = await signIn(emulator)
  await exchange(emulator, first)
  await exchange(emulator, first)
  expect(await exchange(emulator, other.refresh_token!)).toMatch(/^[0-9a-f]{40}$/)
})

test('item 21: grace-same repeats the same tokens within the window', async () => {
  const { emulator, first } = await start('grace-same')
  const response = await refresh(emulator, first)
  emulator.clock.advance(9999)
  expect((await refresh(emulator, first)).json).toEqual(response.json)
})

test('item 21: grace-all issues another set within the window, and every set works', async () => {
  const { emulator, first } = await start('grace-all')
  const second = await exchange(emulator, first)
  const third = await exchange(emulator, first)
  expect(third).not.toBe(second)
  expect(await exchange(emulator, second)).toMatch(/^[0-9a-f]{40}$/)
  expect(await exchange(emulator, third)).toMatch(/^[0-9a-f]{40}$/)
})

test('item 21: grace-first issues another set within the window; when one is used, the others are invalid', async () => {
  const { emulator, first } = await start('grace-first')
  const second = await exchange(emulator, first)
  const third = await exchange(emulator, first)
  const fourth = await exchange(emulator, second)
  expect(fourth).toMatch(/^[0-9a-f]{40}$/)
  expect(await exchange(emulator, third)).toBe(BAD)
  expect(await exchange(emulator, fourth)).toBe(BAD)
})

test('item 21: grace-latest issues another set within the window, and only the newest works', async () => {
  const { emulator, first } = await start('grace-latest')
  const second = await exchange(emulator, first)
  const third = await exchange(emulator, first)
  expect(await exchange(emulator, third)).toMatch(/^[0-9a-f]{40}$/)
  expect(await exchange(emulator, second)).toBe(BAD)
})

const GRACES = ['grace-same', 'grace-all', 'grace-first', 'grace-latest'] as const

test.each(GRACES)('item 21: %s revokes the family when the window of graceMs is over', async rotation => {
  const { emulator, first } = await start(rotation)
  const second = await exchange(emulator, first)
  emulator.clock.advance(10_000)
  expect(await exchange(emulator, first)).toBe(BAD)
  expect(await exchange(emulator, second)).toBe(BAD)
})

test.each(GRACES)('item 21: %s ends the window when the next refresh token has been used', async rotation => {
  const { emulator, first } = await start(rotation)
  const third = await exchange(emulator, await exchange(emulator, first))
  expect(await exchange(emulator, first)).toBe(BAD)
  expect(await exchange(emulator, third)).toBe(BAD)
})

test('item 21: the rotation changes while the emulator runs', async () => {
  const { emulator, first } = await start('none')
  expect(await exchange(emulator, first)).toBe(first)
  emulator.set({ rotation: 'single' })
  await exchange(emulator, first)
  expect(await exchange(emulator, first)).toBe(BAD)
})
