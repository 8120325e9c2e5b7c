import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { openTab } from './chromium.ts'
import { inChromium } from './stage.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

inChromium(stage => {
  test("the README's program signs in, and another tab finds the tokens", async () => {
    const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
    const { outputFiles } = await build({
      stdin: { contents: /```ts\n(.*?)```/s.exec(readme)![1]!, resolveDir: PACKAGE, loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['@latchkey/source'],
    })
    const { origin } = stage.site
    // Stands in for Imgur: redirects every visitor back, allowed.
    await stage.context.route('https://api.imgur.com/oauth2/authorize?**', (route, request) => {
      const state = new URL(request.url()).searchParams.get('state')!
      const answer = {
        access_token: 'a',
        token_type: 'bearer',
        expires_in: '3600',
        refresh_token: 'r',
        state,
      }
      const location = `${origin}/#${new URLSearchParams({ ...answer, account_id: '1', account_username: 'u' })}`
      return route.fulfill({ status: 302, headers: { location } })
    })
    const tab = await stage.context.newPage()
    const said = tab.waitForEvent('console')
    const script = outputFiles[0]!.text
    const runs = tab.waitForEvent('framenavigated', frame => frame.url().includes('access_token='))
    await tab.goto(origin)
    await tab.addScriptTag({ content: script, type: 'module' })
    await runs
    await tab.waitForFunction(() => 'latchkey' in globalThis)
    await tab.addScriptTag({ content: script, type: 'module' })
    expect((await said).text()).toBe('signed in')
    expect(tab.url()).toBe(`${origin}/`)

    const other = await openTab(stage.context, origin)
    const values = await other.evaluate(async () => {
      const store = latchkey.store('my-app')
      const found: string[] = []
      for await (const key of store.keys()) found.push(JSON.stringify((await store.read(key))?.value))
      return found
    })
    expect(values).toEqual([expect.stringContaining('"access_token":"a"')])
  })
})
