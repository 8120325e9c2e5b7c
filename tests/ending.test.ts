// A script ends by itself when nobody waits any more, and never while somebody does. Each is a process of its own, on
// the clock and the timers that ship.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const run = promisify(execFile)

/** Runs a module with `client`, `store` and `KEY` at hand; resolves to what it printed, rejects unless it ends with 0. */
async function script(body: string): Promise<string> {
  const source = `
    import { Client, MemoryTokenStore } from '@latchkey/core'
    const store = new MemoryTokenStore()
    const KEY = 'imgur/id/default'
    const transport = { send: () => new Promise(() => {}) }
    const client = new Client({ client_id: 'id', client_secret: 's', store, transport, logger: { warn() {} } })
    const expired = { access_token: 'a', refresh_token: 'r', expires_in: 60, expires_at: Date.now() - 1000 }
    /** Somebody else's claim, of another scope than any lock here, is on the record. */
    async function claimed() {
      const { value, version } = await store.read(KEY)
      const claim = { id: 'x', n: 1, owner: 'y', startedAtMs: Date.now(), ttlMs: 45000 }
      await store.compareAndSwap(KEY, version, { ...value, claim })
    }
    ${body}`
  const arguments_ = ['--conditions=@latchkey/source', '--input-type=module', '--eval', source]
  const { stdout, stderr } = await run(process.execPath, arguments_, {
    cwd: import.meta.dirname,
    timeout: 30_000,
  })
  expect(stderr).toBe('') // an overflowing timer is warned of
  return stdout.trim()
}

test('somebody who waits for another’s claim keeps the process; when they give up, it ends', async () => {
  const said = await script(`
    await client.import(expired)
    await claimed()
    // This signal's own timer does not keep a process.
    await client.accessToken({ signal: AbortSignal.timeout(200) }).catch(error => console.log(error.name))`)
  expect(said).toBe('TimeoutError')
})

test('somebody who waits for an answer keeps the process, even if nothing else does', async () => {
  const said = await script(`
    await client.import(expired)
    setTimeout(() => { console.log('still here'); process.exit() }, 300).unref()
    await client.accessToken()`)
  expect(said).toBe('still here')
})

test('somebody who waits for a client to close keeps the process, even if its store does not', async () => {
  const said = await script(`
    const { compareAndSwap } = store
    store.compareAndSwap = async (...swap) => {
      await new Promise(told => setImmediate(told).unref())
      return compareAndSwap.apply(store, swap)
    }
    client.access_token = 'a'
    await client.close()
    console.log((await store.read(KEY)).value.tokens.access_token)`)
  expect(said).toBe('a')
})

test('a refresh that nobody waits for does not keep the process', async () => {
  const said = await script(`
    await client.import({ ...expired, expires_at: Date.now() + 20000 })
    console.log(await client.accessToken())`)
  expect(said).toBe('a')
})

test('a lifetime of ten years and more sets no timer that overflows', async () => {
  const said = await script(`
    await client.import({ access_token: 'a', refresh_token: 'r', expires_in: 3153600000 })
    await client.rejected('a', { signal: AbortSignal.timeout(100) }).catch(error => console.log(error.name))
    await using other = client.account('b')
    await other.import({ access_token: 'b', expires_in: 315360000 })
    console.log(await other.accessToken())`)
  expect(said).toBe('TimeoutError\nb')
})
