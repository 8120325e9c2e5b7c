// Watchers over a scripted connection.
import { expect, jest, test } from '@jest/globals'
import { SqlTokenStore } from '../src/index.ts'
import { Watchers } from '../src/watchers.ts'

/** Connections that listen; `fails` is how many attempts fail first. */
function connections(fails = 0) {
  const opened: { onKey(key: string): void; onLost(): void; closed: boolean }[] = []
  let attempts = 0
  const listen = async (onKey: (key: string) => void, onLost: () => void) => {
    attempts += 1
    if (attempts <= fails) throw new Error('refused')
    const connection = { onKey, onLost, closed: false }
    opened.push(connection)
    return {
      async close() {
        connection.closed = true
      },
    }
  }
  return { opened, listen }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
}

test('listeners are called at first, for each change, and after a lost connection; others are not', async () => {
  const { opened, listen } = connections(1)
  const watchers = new Watchers(listen)
  const [one, other] = [jest.fn(), jest.fn()]
  watchers.watch('a', one)
  watchers.watch('b', other)
  await until(() => one.mock.calls.length === 1)
  opened[0]!.onKey('a')
  opened[0]!.onKey('never watched')
  expect([one.mock.calls.length, other.mock.calls.length]).toEqual([2, 1])
  opened[0]!.onLost()
  await until(() => one.mock.calls.length === 3)
  expect(opened.map(({ closed }) => closed)).toEqual([true, false])
  await watchers.close()
  expect(opened[1]!.closed).toBe(true)
  opened[1]!.onKey('a')
  expect(one.mock.calls.length).toBe(3)
})

test('a listener that was added twice is called twice, and one that throws disturbs nobody', async () => {
  const { opened, listen } = connections()
  const watchers = new Watchers(listen)
  const listener = jest.fn()
  watchers.watch('a', () => {
    throw new Error('mine')
  })
  const unwatch = watchers.watch('a', listener)
  watchers.watch('a', listener)
  await until(() => listener.mock.calls.length === 2)
  unwatch()
  unwatch()
  opened[0]!.onKey('a')
  expect(listener.mock.calls.length).toBe(3)
  await watchers.close()
})

test('a store without listen has no watch; with it, keys are escaped as in notifications', async () => {
  const query = async () => ({ rows: [], affected: 0 })
  expect(new SqlTokenStore({ dialect: 'mysql', query }).watch).toBeUndefined()
  const { opened, listen } = connections()
  const channels: string[] = []
  const store = new SqlTokenStore({
    dialect: 'postgres',
    query,
    listen(channel, onMessage, onLost) {
      channels.push(channel)
      return listen(onMessage, onLost)
    },
  })
  const listener = jest.fn()
  store.watch!('é', listener)
  await until(() => listener.mock.calls.length === 1)
  opened[0]!.onKey('\\u00e9')
  expect(listener.mock.calls.length).toBe(2)
  expect(channels).toEqual([expect.stringMatching(/^latchkey_[0-9a-f]{16}$/)])
  await store.close()
})
