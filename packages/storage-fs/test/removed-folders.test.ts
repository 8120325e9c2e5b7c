// Folders that are removed while a process uses the store.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { FileTokenStore } from '../src/index.ts'
import { smallDisk } from './small-disk.ts'
import { asRoot, temporaryFolder } from './support.ts'

const FOLDERS = ['.', 'accounts', 'new', 'locks']

async function opened() {
  const directory = join(temporaryFolder(), 'a', 'tokens')
  const store = new FileTokenStore({ directory })
  await store.compareAndSwap('key', undefined, 1)
  await (await store.locks!.acquire('key', { waitMs: 0 }))!.release()
  return { directory, store, remove: (name: string) => rmSync(join(directory, name), { recursive: true }) }
}

const CALLS: Record<string, (store: FileTokenStore) => Promise<void>> = {
  read: async store => void (await store.read('other')),
  'compareAndSwap of a new account': async store => {
    expect(await store.compareAndSwap('other', undefined, 2)).toMatchObject({ swapped: true })
    expect((await store.read('other'))?.value).toBe(2)
  },
  'compareAndSwap of an account': async store => {
    const before = await store.read('key')
    expect(await store.compareAndSwap('key', before?.version, 2)).toMatchObject({ swapped: true })
  },
  remove: store => store.remove('key'),
  confirm: async store => void (await store.confirm('key')),
  keys: async store => {
    for await (const key of store.keys()) expect(key).toBe('key')
  },
  'a lock': async store => {
    const hold = await store.locks!.acquire('key', { waitMs: 0 })
    expect(hold).toBeDefined()
    await hold!.release()
  },
}

describe.each(FOLDERS)('when %s was removed', folder => {
  test.each(Object.entries(CALLS))('the next call, %s, creates what it needs', async (_, call) => {
    const { store, remove } = await opened()
    remove(folder)
    await call(store)
    await store.close()
  })
})

test.each(['.', 'locks'])(
  'when %s is removed, a held lock can be released, and nobody waits for it',
  async folder => {
    const { directory, store, remove } = await opened()
    const hold = (await store.locks!.acquire('key', { waitMs: 0 }))!
    const acquire = () => new FileTokenStore({ directory }).locks!.acquire('key', { waitMs: 600_000 })
    const waiting = acquire()
    expect(await store.locks!.acquire('key', { waitMs: 20 })).toBeUndefined()
    remove(folder)
    const others = [waiting, acquire()]
    const next = (await Promise.race(others))!
    await hold.release()
    // It does not release the lock of the next holder.
    expect(await store.locks!.acquire('key', { waitMs: 0 })).toBeUndefined()
    await next.release()
    for (const other of others) await (await other)!.release()
    await (await store.locks!.acquire('key', { waitMs: 0 }))!.release()
  },
)

test('a watch continues when the directory is removed and created again', async () => {
  const { directory, store } = await opened()
  let changed = (): void => undefined
  const change = () => new Promise<void>(resolve => (changed = resolve))
  const first = change()
  store.watch('key', () => changed())
  await first
  rmSync(directory, { recursive: true })
  await store.read('key')
  const written = change()
  await new FileTokenStore({ directory }).compareAndSwap('key', undefined, 2)
  await written
  await store.close()
})

asRoot('an unmounted volume does not look like an empty store', async () => {
  const disk = smallDisk(64)
  const volume = temporaryFolder()
  const mount = () => execFileSync('mount', ['--bind', join(disk.directory, '..'), volume])
  const unmount = () => execFileSync('umount', [volume])
  mount()
  const stores = [volume, join(volume, 'tokens')].map(directory => new FileTokenStore({ directory }))
  for (const store of stores) await store.compareAndSwap('key', undefined, 1)
  unmount()
  for (const store of stores)
    for (const call of [() => store.read('key'), () => store.compareAndSwap('key', undefined, 2)])
      await expect(call()).rejects.toThrow(/is on another file system than before: is the volume mounted\?$/)
  mount()
  for (const store of stores) expect((await store.read('key'))?.value).toBe(1)
  unmount()
})
