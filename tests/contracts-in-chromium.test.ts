// The contracts need no runner: a page runs them, in real Chromium.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startContractServer } from '@latchkey/test-kit/node'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../tools/chromium.ts'

const PROGRAM = `
  import { encrypted, MemoryTokenStore } from '@latchkey/core'
  import { fakeClock, tokenStoreContract, transportContract } from '@latchkey/test-kit'
  import { fetchTransport } from '@latchkey/transport-fetch'

  const keys = async () => [new Uint8Array(32).fill(7)]
  const over = wrap => () => {
    const clock = fakeClock()
    const memory = new MemoryTokenStore({ clock })
    return { open: () => wrap(memory), clock }
  }
  const contracts = {
    store: () => tokenStoreContract(over(memory => memory)),
    encrypted: () => tokenStoreContract(over(memory => encrypted(memory, { keys }))),
    transport: server =>
      transportContract({
        ...server,
        transport: fetchTransport(),
        timed: timeoutMs => fetchTransport({ timeoutMs }),
      }),
  }
  globalThis.contract = async (name, server) => {
    const outcomes = []
    for (const { name: title, skip, run } of await contracts[name](server))
      outcomes.push([title, skip ? 'skipped: ' + skip : await run().then(() => 'ok', String)])
    return outcomes
  }`

let browser: Browser
let page: Page
const server = await startContractServer()
const site = createServer((_, response) =>
  response.setHeader('content-type', 'text/html').end('<title>Contracts</title>'),
)

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    platform: 'browser',
    conditions: ['@latchkey/source'],
  })
  await new Promise<void>(listening => site.listen(0, '127.0.0.1', listening))
  browser = await launchChromium()
  page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
  await page.addScriptTag({ content: outputFiles[0]!.text })
}, 60_000)

afterAll(async () => {
  await browser.close()
  site.close()
  await server.close()
})

/** What each case came to, those that are well left out. */
async function troubles(name: string): Promise<string[][]> {
  const { origin, refusedOrigin } = server
  const outcomes = await page.evaluate(
    ([contract, subject]) =>
      (globalThis as unknown as { contract(name: unknown, subject: unknown): Promise<string[][]> }).contract(
        contract,
        subject,
      ),
    [name, { origin, refusedOrigin }] as const,
  )
  expect(outcomes.length).toBeGreaterThan(40)
  return outcomes.filter(([, outcome]) => outcome !== 'ok')
}

const SKIPPED = [
  'the test runs nothing in another process, tab or host',
  ...Array<string>(3).fill('the test cannot make this medium fail'),
].map(why => `skipped: ${why}`)

test.each(['store', 'encrypted'])(
  'the store in memory keeps the contract in a page: %s',
  async name => {
    expect((await troubles(name)).map(([, outcome]) => outcome).sort()).toEqual([...SKIPPED].sort())
  },
  60_000,
)

test('the transport over fetch keeps the contract in a page, as far as a browser lets it tell', async () => {
  const why = 'skipped: the transport does not have its connections in its own hands'
  expect(await troubles('transport')).toEqual([
    ['a connection that is closed after the request brings no second request', why],
    ['a connection that is reset after the request brings no second request', why],
    ['a connection that answers what is not HTTP after the request brings no second request', why],
    ["a refused connection is an error with sent 'no'", why],
  ])
}, 60_000)
