// A script ends by itself when no call is pending, and never before. Each script is a separate process, with the real
// clock and timers.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const run = promisify(execFile)

/** Runs a module with `client`, `store` and `KEY`; resolves to its output, and rejects unless it ends with 0. */
async function script(body: string): Promise<string> {
  const source = `
    import { Client, MemoryTokenStore } from '@latchkey/core'
    const store = new MemoryTokenStore()
    const KEY = 'imgur/id/default'
    const transport = { send: () => new Promise(() => {}) }
    const client = new Client({ client_id: 'id', client_secret: 's', store, transport, logger: { warn() {} } })
    const expired = { access_token: 'a', refresh_token: 'r', expires_in: 60, expires_at: Date.now() - 1000 }
    /** The record has a lease of another process, in another scope of locks. */
    async function leased() {
      const { value, version } = await store.read(KEY)
      const lease = { id: 'x', count: 1, owner: 'y', startedAtMs: Date.now(), ttlMs: 45000 }
      await store.compareAndSwap(KEY, version, { ...value, lease })
    }
    ${body}`
  const arguments_ = ['--conditions=@latchkey/source', '--input-type=module', '--eval', source]
  const { stdout, stderr } = await run(process.execPath, arguments_, {
    cwd: import.meta.dirname,
    timeout: 30_000,
  })
  expect(stderr).toBe('') // Node warns about an overflowing timer
  return stdout.trim()
}

test('a call that waits for another’s lease keeps the process alive; when its wait ends, the process ends', async () => {
  const output = await script(`
    await client.import(expired)
    await leased()
    // The timer of this signal does not keep the process alive.
    await client.accessToken({ signal: AbortSignal.timeout(200) }).catch(error => console.log(error.name))`)
  expect(output).toBe('TimeoutError')
})

test('a call that waits for a response keeps the process alive, even if nothing else does', async () => {
  const output = await script(`
    await client.import(expired)
    setTimeout(() => { console.log('still here'); process.exit() }, 300).unref()
    await client.accessToken()`)
  expect(output).toBe('still here')
})

test('a pending close() keeps the process alive, even if the store does not', async () => {
  const output = await script(`
    const { compareAndSwap } = store
    store.compareAndSwap = async (...swap) => {
      await new Promise(resolve => setImmediate(resolve).unref())
      return compareAndSwap.apply(store, swap)
    }
    client.access_token = 'a'
    await client.close()
    console.log((await store.read(KEY)).value.tokens.access_token)`)
  expect(output).toBe('a')
})

test('a refresh that no caller waits for does not keep the process alive', async () => {
  const output = await script(`
    await client.import({ ...expired, expires_at: Date.now() + 20000 })
    console.log(await client.accessToken())`)
  expect(output).toBe('a')
})

test('a lifetime of more than ten years sets no timer that overflows', async () => {
  const output = await script(`
    await client.import({ access_token: 'a', refresh_token: 'r', expires_in: 3153600000 })
    await client.rejected('a', { signal: AbortSignal.timeout(100) }).catch(error => console.log(error.name))
    const other = client.account('b')
    await other.import({ access_token: 'b', expires_in: 315360000 })
    console.log(await other.accessToken())`)
  expect(output).toBe('TimeoutError\nb')
})
