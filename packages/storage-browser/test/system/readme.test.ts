import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { type ChromiumStage, inChromium, openTab } from '../stage.ts'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

/** Returns the README's program. */
async function program(): Promise<string> {
  const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
  const { outputFiles } = await build({
    stdin: { contents: /```ts\n(.*?)```/s.exec(readme)![1]!, resolveDir: PACKAGE, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@latchkey/source'],
  })
  return outputFiles[0]!.text
}

/** Stands in for Imgur: redirects every visitor back, allowed, to an address with these parameters. */
async function redirectTo(stage: ChromiumStage, parameters: (state: string) => object): Promise<void> {
  await stage.context.unrouteAll()
  await stage.context.route('https://api.imgur.com/oauth2/authorize?**', (route, request) => {
    const state = new URL(request.url()).searchParams.get('state')!
    const location = `${stage.site.origin}/#${new URLSearchParams({ ...parameters(state) })}`
    return route.fulfill({ status: 302, headers: { location } })
  })
}

/** Opens the program in a tab, which it leaves, and runs it again on the page that the redirect leads to. */
async function signIn(stage: ChromiumStage, script: string): Promise<Page> {
  const tab = await stage.context.newPage()
  const returned = tab.waitForEvent('framenavigated', frame => frame.url().includes('access_token='))
  await tab.goto(stage.site.origin)
  await tab.addScriptTag({ content: script, type: 'module' })
  await returned
  await tab.waitForFunction(() => 'latchkey' in globalThis)
  return tab
}

/** Returns what the program's store has, read in another tab. */
async function stored(stage: ChromiumStage): Promise<string[]> {
  const other = await openTab(stage.context, stage.site.origin)
  return other.evaluate(async () => {
    const store = latchkey.store('my-app')
    const found: string[] = []
    for await (const key of store.keys()) found.push(JSON.stringify((await store.read(key))?.value))
    return found
  })
}

/** Runs the program in a tab; returns the message of its error. */
const failureOf = (tab: Page, script: string): Promise<unknown> => {
  const url = `data:text/javascript,${encodeURIComponent(script)}`
  return tab.evaluate(`import(${JSON.stringify(url)}).catch(error => error.message)`)
}

const TOKENS = { access_token: 'a', token_type: 'bearer', expires_in: '3600', refresh_token: 'r' }

inChromium(stage => {
  test("the README's program signs in, and another tab finds the tokens", async () => {
    const script = await program()
    const account = { account_id: '1', account_username: 'u' }
    await redirectTo(stage, state => ({ ...TOKENS, state, ...account }))
    const tab = await signIn(stage, script)
    const said = tab.waitForEvent('console')
    await tab.addScriptTag({ content: script, type: 'module' })
    expect((await said).text()).toBe('signed in')
    expect(tab.url()).toBe(`${stage.site.origin}/`)
    expect(await stored(stage)).toEqual([expect.stringContaining('"access_token":"a"')])
  })

  test('a redirect is used once, and its replay leaves the tokens that are stored', async () => {
    const script = await program()
    let state = ''
    await redirectTo(stage, sent => ({ ...TOKENS, state: (state = sent) }))
    const tab = await signIn(stage, script)
    expect(await failureOf(tab, script)).not.toEqual(expect.any(String))
    await tab.goto('about:blank')
    await tab.goto(`${stage.site.origin}/#${new URLSearchParams({ ...TOKENS, access_token: 'b', state })}`)
    expect(await failureOf(tab, script)).toContain('this tab has no sign-in with this state')
    expect(await stored(stage)).toEqual([expect.stringContaining('"access_token":"a"')])
  })

  test.each([
    ['without a state', () => TOKENS],
    ['with a state of its own', () => ({ ...TOKENS, state: 'chosen' })],
  ])("a link %s does not sign a visitor in, who started the README's program", async (_, parameters) => {
    const script = await program()
    await redirectTo(stage, parameters)
    const tab = await signIn(stage, script)
    expect(await failureOf(tab, script)).toContain('this tab has no sign-in with this state')
    expect(await stored(stage)).not.toContainEqual(expect.stringContaining('access_token'))
    expect(tab.url()).toBe(`${stage.site.origin}/`)
  })
})
