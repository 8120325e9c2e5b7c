// authorizedFetch in a real browser, which follows redirects itself.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type http from 'node:http'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../tools/chromium.ts'
import { serve } from './servers.ts'

const PROGRAM = `
  import { Client, imgur, keepTokens, MemoryTokenStore } from '@latchkey/core'
  import { authorizedFetch } from '@latchkey/transport-fetch'
  const clientOf = mashape_key =>
    new Client({ client_id: 'id', access_token: 'old', mashape_key, provider: imgur({ baseUrl: location.origin }) })
  const outcome = async response => {
    try {
      const { status, redirected } = await response
      return { status, redirected }
    } catch (error) {
      return { error: error.message }
    }
  }
  const kept = async () => {
    const refresh = async () => ({ access_token: 'new', refresh_token: 'r' })
    const tokens = keepTokens({ store: new MemoryTokenStore(), key: 'k', refresh })
    await tokens.import({ access_token: 'old', refresh_token: 'r' })
    return authorizedFetch(tokens, { origins: [location.origin] })
  }
  window.run = {
    follow: (url, key) => outcome(authorizedFetch(clientOf(key))(url)),
    retry: async url => outcome((await kept())(url, { method: 'POST', body: 'abc' })),
    retryRequest: async url => outcome((await kept())(new Request(url, { method: 'POST', body: new Blob(['abc']) }))),
  }`

let browser: Browser
let script: string
beforeAll(async () => {
  browser = await launchChromium()
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['@latchkey/source'],
  })
  script = outputFiles[0]!.text
})
afterAll(() => browser.close())

interface Seen {
  readonly authorization: string | undefined
  readonly key: string | undefined
  readonly body: string
}

/** Two servers that allow everything, and a page of the first; `/to?URL` redirects, `/new` wants the token `new`. */
async function open(): Promise<{ page: Page; api: string; foreign: string; seen: Record<string, Seen[]> }> {
  const seen: Record<string, Seen[]> = { api: [], foreign: [] }
  const answer =
    (name: string): http.RequestListener =>
    async (request, response) => {
      const { url = '', headers, method } = request
      response.setHeader('access-control-allow-origin', '*')
      response.setHeader('access-control-allow-headers', 'authorization, x-mashape-key, content-type')
      if (url === '/')
        return response.setHeader('content-type', 'text/html').end(`<script type=module>${script}</script>`)
      const body = (await request.toArray()).join('')
      const { authorization, 'x-mashape-key': key } = headers
      if (method === 'OPTIONS' || url === '/favicon.ico') return response.end()
      seen[name]!.push({ authorization, key: key as string | undefined, body })
      const [, to] = /^\/to\?(.*)/.exec(url) ?? []
      if (to) return response.writeHead(302, { location: decodeURIComponent(to) }).end()
      return response.writeHead(url === '/new' && authorization !== 'Bearer new' ? 401 : 200).end('here')
    }
  const [api, foreign] = [await serve(answer('api')), await serve(answer('foreign'))]
  const page = await browser.newPage()
  await page.goto(api)
  await page.waitForFunction('window.run')
  return { page, api, foreign, seen }
}

test('a same-origin redirect keeps the token, a cross-origin redirect removes it', async () => {
  const { page, api, foreign, seen } = await open()
  for (const to of ['/there', `${api}/there`, `${foreign}/there`])
    expect(await page.evaluate(`run.follow('/to?${encodeURIComponent(to)}')`)).toEqual({
      status: 200,
      redirected: true,
    })
  expect(seen['api']!.map(({ authorization }) => authorization)).toEqual(Array(5).fill('Bearer old'))
  expect(seen['foreign']!.map(({ authorization }) => authorization)).toEqual([undefined])
  await page.close()
})

test('with a mashape_key, which a browser would send on, a redirect is an error', async () => {
  const { page, foreign, seen } = await open()
  expect(await page.evaluate(`run.follow('/there', 'a-key')`)).toMatchObject({ status: 200 })
  expect(await page.evaluate(`run.follow('/to?${encodeURIComponent(foreign)}%2Fthere', 'a-key')`)).toEqual({
    error: 'Failed to fetch',
  })
  expect(seen['api']!.map(({ key }) => key)).toEqual(['a-key', 'a-key'])
  expect(seen['foreign']).toEqual([])
  await page.close()
})

test.each(['retry', 'retryRequest'])(
  'a rejected token is refreshed, and the body sent again: %s',
  async how => {
    const { page, seen } = await open()
    expect(await page.evaluate(`run.${how}('/new')`)).toMatchObject({ status: 200 })
    expect(seen['api']).toEqual([
      { authorization: 'Bearer old', body: 'abc' },
      { authorization: 'Bearer new', body: 'abc' },
    ])
    await page.close()
  },
)
