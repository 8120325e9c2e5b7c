// A failover of PostgreSQL with asynchronous replication: what happens to writes that the replica lacks.
import { expect, test } from '@jest/globals'
import { openSql } from '../open-sql.ts'
import { atEnd } from '../servers.ts'
import { Replicated } from '../replicated.ts'
import { versionOf } from '../sqlite.ts'

const ROUNDS = Number(process.env['LATCHKEY_FAILOVERS'] ?? 3)

test(`in ${ROUNDS} failovers with replication cut before, the last write is lost, and no version returns`, async () => {
  const replicated = await Replicated.start()
  const { store, end } = await openSql({ ...replicated.spec, options: { timeoutMs: 60_000 } })
  atEnd(async () => {
    await store.close()
    await end()
  })
  await store.migrate()
  let notified = 0
  store.watch!('account', () => (notified += 1))
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await store.read('account')
    const replicatedVersion = versionOf(
      await store.compareAndSwap('account', before?.version, `${round} replicated`),
    )
    await replicated.caughtUp()
    replicated.cutReplication()
    const lost = versionOf(await store.compareAndSwap('account', replicatedVersion, `${round} lost`))
    const hints = notified
    await replicated.failOver()
    expect(await store.read('account')).toEqual({ value: `${round} replicated`, version: replicatedVersion })
    // The version of the lost write is unknown, so its writer learns of the older value.
    expect(await store.compareAndSwap('account', lost, 'from the lost one')).toEqual({
      swapped: false,
      current: { value: `${round} replicated`, version: replicatedVersion },
    })
    while (notified === hints) await store.read('account') // the watcher connected again
    await replicated.recover()
  }
})

test('a store that is connected to a replica rejects reads and writes, and works after its promotion', async () => {
  const replicated = await Replicated.start()
  const onPrimary = await openSql(replicated.spec)
  await onPrimary.store.migrate()
  versionOf(await onPrimary.store.compareAndSwap('account', undefined, 1))
  await replicated.caughtUp()
  const { store, end } = await openSql({ ...replicated.replica.spec, options: { timeoutMs: 3_000 } })
  const message = expect.stringContaining(
    'PostgreSQL: the server is a read-only replica',
  ) as unknown as string
  await expect(store.read('account')).rejects.toMatchObject({
    code: 'store_unavailable',
    message,
    isPermanent: false,
  })
  await expect(store.compareAndSwap('account', undefined, 2)).rejects.toMatchObject({ message })
  await replicated.failOver()
  expect((await store.read('account'))?.value).toBe(1)
  await Promise.all([end(), onPrimary.end()])
})
