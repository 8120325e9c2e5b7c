// A refresh on a disk of 4 KiB pages that other processes fill. No refresh token is used before its lease is stored, and
// the token that replaces it is always stored.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { expect } from '@jest/globals'
import { startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { fakeClock } from '@latchkey/test-kit'
import { ext4Disk, smallDisk } from '../packages/storage-fs/test/small-disk.ts'
import { accountFolder, asRoot } from '../packages/storage-fs/test/support.ts'
import { refreshesAt, signIn } from './processes/workers.ts'
import { clientOf, defaultKey } from './support.ts'

const LIFETIME_MS = 3_600_000

async function signedIn(disk = smallDisk(64)) {
  const { directory } = disk
  const emulator = await startEmulator({ rotation: 'strict', expiresIn: LIFETIME_MS / 1_000 })
  const clock = fakeClock()
  const store = new FileTokenStore({ directory })
  const client = clientOf(emulator, { store, clock })
  await signIn(client, emulator)
  return {
    disk,
    emulator,
    client,
    expire: async () => {
      emulator.clock.advance(LIFETIME_MS)
      await clock.advance(LIFETIME_MS)
    },
    /** Returns the access token that another process would read. */
    async stored() {
      const other = new FileTokenStore({ directory })
      const { value } = (await other.read(defaultKey(emulator)))!
      await other.close()
      return (value as { tokens: { access_token: string } }).tokens.access_token
    },
    async end() {
      await client.close()
      await store.close()
      await emulator.close()
    },
  }
}

for (const [kind, newDisk] of [
  ['in memory', () => smallDisk(64)],
  ['of ext4', ext4Disk],
] as const)
  asRoot(
    `with no page left on a disk ${kind} tokens are refreshed as ever: their room is there already`,
    async () => {
      const { disk, emulator, client, expire, stored, end } = await signedIn(newDisk())
      disk.fill(0)
      for (let n = 1; n <= 10; n++) {
        await expire()
        expect(await client.accessToken()).toBe(await stored())
        expect(refreshesAt(emulator)).toBe(n)
      }
      await end()
    },
  )

asRoot(
  'with any number of free pages and no reserved space: no request, or one whose tokens are stored',
  async () => {
    const { disk, emulator, client, expire, stored, end } = await signedIn()
    const outcomes: string[] = []
    // Other processes quickly take the space that the lease has left.
    client.on('refresh-started', () => disk.fill(0, 'the rest'))
    for (let free = 0; free <= 6; free++) {
      // What a dead writer leaves.
      const { path, names } = accountFolder(disk.directory)
      for (const name of names.filter(name => name.endsWith('.spare'))) rmSync(join(path, name))
      disk.fill(free)
      await expire()
      const [before, requests] = [await stored(), refreshesAt(emulator)]
      const got = await client.accessToken({ maxWaitMs: 0 }).catch((error: { code: string }) => error.code)
      const rejected = got === 'store_unavailable'
      outcomes.push(rejected ? 'rejected' : 'refreshed')
      expect(await stored()).toBe(rejected ? before : got)
      expect(refreshesAt(emulator)).toBe(requests + (rejected ? 0 : 1))
      disk.empty()
      if (rejected) expect(await client.accessToken()).toBe(await stored())
      disk.empty('the rest')
    }
    expect(outcomes[0]).toBe('rejected')
    expect(outcomes.at(-1)).toBe('refreshed')
    process.stdout.write(`pages left: ${outcomes.map((one, free) => `${free} ${one}`).join(', ')}\n`)
    await end()
  },
)

asRoot('on a disk that has become read-only no request is sent', async () => {
  const { disk, emulator, client, expire, stored, end } = await signedIn()
  const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, join(disk.directory, '..')])
  await expire()
  remount('ro')
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(refreshesAt(emulator)).toBe(0)
  remount('rw')
  expect(await client.accessToken()).toBe(await stored())
  expect(refreshesAt(emulator)).toBe(1)
  await end()
})
