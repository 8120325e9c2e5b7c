// A file system call that fails while a lock is taken or released, made or not, leaves no lock that others cannot take.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { FileTokenStore } from '../src/index.ts'
import { type Call, type Fate, interceptFiles, systemError } from './intercepted-files.ts'
import { temporaryFolder } from './support.ts'

const acquire = ({ locks }: FileTokenStore, key: string) => locks!.acquire(key, { waitMs: 0 })

const fails = (call: Call): never => {
  throw systemError('EIO', call)
}

/** What happens to a call, and to those after it. */
const FATES: Record<string, readonly [call: (call: Call) => Fate, later?: (call: Call) => Fate]> = {
  'is not made': [fails],
  'is made, but reports a failure': [({ name }) => (name === 'open' ? undefined : 'response lost')],
  'is made, but reports a failure, and later ones cannot list': [
    ({ name }) => (name === 'open' ? undefined : 'response lost'),
    call => (call.name === 'readdir' ? fails(call) : undefined),
  ],
  'is made, but reports that it finds nothing to do': [() => 'repeated'],
}
const STATES = ['free', 'of a dead holder']

test.each(STATES.flatMap(state => Object.keys(FATES).map(fate => [state, fate] as const)))(
  'a lock that is %s: whichever call %s',
  async (state, fate) => {
    let n = 0
    for (let met: Call | undefined; ; n++, met = undefined) {
      const directory = temporaryFolder({ inMemory: true })
      let count = -1
      const fs = interceptFiles(call => {
        if (count < 0 || count++ < n) return
        const [now, later] = FATES[fate]!
        if (met) return later?.(call)
        met = call
        return now(call)
      })
      const store = new FileTokenStore({ directory, fs })
      // The store is never without a lock, so it does not end as a holder by itself.
      const another = (await acquire(store, 'another'))!
      if (state !== 'free') {
        const locks = join(directory, 'locks')
        const scope = join(
          locks,
          readdirSync(locks).find(name => name !== 'next')!,
        )
        mkdirSync(join(scope, 'key'))
        writeFileSync(join(scope, 'key', '0000000000000001'), '')
      }
      count = 0
      const hold = await acquire(store, 'key').catch(() => undefined)
      if (hold) expect(await acquire(new FileTokenStore({ directory }), 'key')).toBeUndefined()
      await hold?.release()
      count = -1
      const third = (await acquire(store, 'third'))!
      await another.release()
      const where = `${met?.name} ${met?.path.replace(directory, '')}`
      const next = await acquire(new FileTokenStore({ directory }), 'key')
      expect([where, next]).toEqual([where, expect.anything()])
      await next!.release()
      await third.release()
      if (!met) break
    }
    expect(n).toBeGreaterThan(8)
  },
)
