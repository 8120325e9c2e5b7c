// New accounts trigger the removal of expired and abandoned files; watches follow removed and new folders.
import { mkdirSync, readdirSync, readlinkSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { fakeClock } from '@latchkey/test-kit'
import { FileTokenStore } from '../src/index.ts'
import { gate, interceptFiles } from './intercepted-files.ts'
import { accountFolder, temporaryFolder } from './support.ts'

test('each new account removes some expired accounts, and no other', async () => {
  const directory = temporaryFolder({ inMemory: true })
  const clock = fakeClock()
  const store = new FileTokenStore({ directory, clock })
  for (let n = 0; n < 20; n++) {
    await store.compareAndSwap(`pending ${n}`, undefined, n, { expiresAtMs: clock.nowMs() + 1_000 })
    await store.compareAndSwap(`account ${n}`, undefined, n)
  }
  expect(readdirSync(join(directory, 'accounts'))).toHaveLength(40)
  await clock.advance(1_001)
  for (let n = 20; n < 60; n++) await store.compareAndSwap(`account ${n}`, undefined, n)
  expect(readdirSync(join(directory, 'accounts')).filter(name => name.startsWith('pending'))).toEqual([])
  for (let n = 0; n < 60; n++) expect((await store.read(`account ${n}`))?.value).toBe(n)
  await store.close()
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux(
  'a store that nobody closes holds no file and no folder open between its calls (skipped but on Linux: only there /proc lists them)',
  async () => {
    const directory = temporaryFolder({ inMemory: true })
    const store = new FileTokenStore({ directory })
    for (let n = 0; n < 5; n++) await store.compareAndSwap(`account ${n}`, undefined, n)
    for await (const _ of store.keys()) break
    const open = readdirSync('/proc/self/fd').map(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return '' // that of the listing itself
      }
    })
    expect(open.filter(path => path.startsWith(directory))).toEqual([])
  },
)

test('an unfinished account of a dead process is removed when it is old, and not before', async () => {
  const directory = temporaryFolder({ inMemory: true })
  const store = new FileTokenStore({ directory })
  await store.compareAndSwap('a', undefined, 1)
  const [old, young] = ['old', 'young'].map(name => join(directory, 'new', name))
  for (const folder of [old!, young!]) {
    mkdirSync(folder)
    writeFileSync(join(folder, '1.json'), 'half')
  }
  const hoursAgo = new Date(Date.now() - 7_200_000)
  utimesSync(old!, hoursAgo, hoursAgo)
  await new FileTokenStore({ directory }).compareAndSwap('b', undefined, 1)
  expect(readdirSync(join(directory, 'new'))).toEqual(['young'])
  await store.close()
})

test('a first writer that was suspended for hours, while others clean up, loses nothing', async () => {
  const directory = temporaryFolder({ inMemory: true })
  await new FileTokenStore({ directory }).compareAndSwap('another', undefined, 1)
  const renamed = gate()
  const sleeping = interceptFiles(({ name, path }) =>
    name === 'rename' && path.includes('/new/') ? renamed.wait() : undefined,
  )
  const writing = new FileTokenStore({ directory, fs: sleeping }).compareAndSwap('key', undefined, 'mine')
  await renamed.reached
  const hoursAgo = new Date(Date.now() - 7_200_000)
  utimesSync(join(directory, 'new', readdirSync(join(directory, 'new'))[0]!), hoursAgo, hoursAgo)
  // It goes on when the cleaner has emptied the folder, and before it removes it.
  const cleaning = interceptFiles(({ name, path }) => {
    if (name !== 'rmdir' || !path.includes('/new/')) return
    renamed.open()
    return writing.then(() => undefined)
  })
  await new FileTokenStore({ directory, fs: cleaning }).compareAndSwap('third', undefined, 1)
  expect(await writing).toMatchObject({ swapped: true })
  expect((await new FileTokenStore({ directory }).read('key'))?.value).toBe('mine')
})

test.each(['unlink', 'rmdir'])('what a removal that was killed before %s has left is removed', async call => {
  const directory = temporaryFolder({ inMemory: true })
  const store = new FileTokenStore({ directory })
  await store.compareAndSwap('key', undefined, 1)
  const death = gate()
  const fs = interceptFiles(({ name }) => (name === call ? death.wait() : undefined))
  void new FileTokenStore({ directory, fs }).remove('key')
  await death.reached
  expect(await store.read('key')).toBeUndefined()
  for (let n = 0; n < 5; n++) await store.compareAndSwap(`account ${n}`, undefined, n)
  expect(readdirSync(join(directory, 'accounts'))).toHaveLength(5)
})

test('the next write removes a file that a dead process prepared', async () => {
  const directory = temporaryFolder({ inMemory: true })
  const store = new FileTokenStore({ directory })
  const { version } = { version: undefined, ...(await store.compareAndSwap('a', undefined, 1)) }
  const { path, names } = accountFolder(directory)
  const seq = Number(names.find(name => name.endsWith('.json'))!.replace('.json', ''))
  writeFileSync(join(path, `${seq + 1}.0000000000000001.tmp`), 'half', { mode: 0o600 })
  await store.compareAndSwap('a', version, 2)
  expect(accountFolder(directory).names.filter(name => name.endsWith('.tmp'))).toEqual([])
  expect((await store.read('a'))?.value).toBe(2)
  await store.close()
})

test('a watch continues while an account is removed and created again', async () => {
  const directory = temporaryFolder()
  const [store, other] = [0, 1].map(() => new FileTokenStore({ directory }))
  let told = (): void => undefined
  const hint = () => new Promise<void>(resolve => (told = resolve))
  const first = hint()
  const unwatch = store!.watch('key', () => told())
  await first // it watches now
  for (let n = 0; n < 5; n++) {
    const written = hint()
    await other!.compareAndSwap('key', undefined, n)
    await written
    const again = hint()
    await other!.compareAndSwap('key', (await other!.read('key'))?.version, -n)
    await again
    const removed = hint()
    await other!.remove('key')
    await removed
  }
  unwatch()
  await Promise.all([store!.close(), other!.close()])
})

test('watching a store that cannot be opened gives no hints, and no error', async () => {
  const directory = join(temporaryFolder(), 'file')
  writeFileSync(directory, '')
  const store = new FileTokenStore({ directory })
  const unwatch = store.watch('key', () => undefined)
  await expect(store.read('key')).rejects.toThrow()
  unwatch()
  rmSync(directory)
  expect(await store.read('key')).toBeUndefined() // and it can be opened later
})

test('calls that a virus scanner blocks on Windows are retried, for a limited time', async () => {
  const { retryBusy: patient } = await import('../src/files/file-system.ts')
  const { promises } = await import('node:fs')
  const failing = (times: number, code: string) => {
    let calls = 0
    const unlink = async (): Promise<void> => {
      if (calls++ < times) throw Object.assign(new Error(code), { code })
    }
    return { fs: patient({ ...promises, unlink }), calls: () => calls }
  }
  const twice = failing(2, 'EBUSY')
  await twice.fs.unlink('x')
  expect(twice.calls()).toBe(3)
  const always = failing(100, 'EPERM')
  await expect(always.fs.unlink('x')).rejects.toThrow('EPERM')
  expect(always.calls()).toBe(7)
  const other = failing(1, 'ENOENT')
  await expect(other.fs.unlink('x')).rejects.toThrow('ENOENT')
  expect(other.calls()).toBe(1)
})
