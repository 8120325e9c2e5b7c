// The pages that a user sees: of the receiver, of @latchkey/web, and of the emulator.
import type { Page } from 'playwright-core'
import { Client, imgur, MemoryTokenStore } from '../../packages/core/src/index.ts'
import { startEmulator } from '../../packages/emulator/src/index.ts'
import { github, google } from '../../packages/providers/src/index.ts'
import { startReceiver } from '../../packages/receivers/src/node/index.ts'
import { signInRoutes } from '../../packages/web/src/index.ts'
import { errorPage } from '../../packages/web/src/pages.ts'
import * as core from '../../packages/core/src/index.ts'
import { atEnd } from '../at-end.ts'

type Visit = (page: Page) => Promise<unknown>

/** Starts the servers of the pages; returns how to open each page. */
export async function openPages(): Promise<Readonly<Record<string, Visit>>> {
  return { ...(await receiverPages()), ...(await webPages()), ...(await emulatorPages()) }
}

async function receiverPages(): Promise<Record<string, Visit>> {
  const receiver = await startReceiver({ program: 'the terminal' })
  const { redirect_uri } = receiver
  atEnd(() => receiver.close())
  const visit =
    (query: string, reply?: (url: string) => unknown): Visit =>
    async page => {
      const received =
        reply &&
        receiver
          .receive({ state: 's', authorize: async (url: string) => reply(url) } as never)
          .catch(() => undefined)
      await page.goto(`${redirect_uri}${query}`)
      await page.waitForTimeout(300)
      await (reply && received)
    }
  const fail = (error: Error) => () => {
    throw error
  }
  const failed = {
    code: 'invalid_grant',
    message: 'the code has expired (HTTP 400)',
    stillWaits: false,
  } as never
  return {
    'receiver-signed-in': visit('?code=c&state=s', () => 'tokens'),
    'receiver-declined': visit('?error=access_denied&state=s', fail(new core.AccessDeniedError(failed))),
    'receiver-failed': visit('?code=c&state=s', fail(new core.InvalidGrantError(failed))),
    'receiver-other-state': visit('?code=c&state=other'),
    'receiver-nothing': visit(''),
  }
}

async function webPages(): Promise<Record<string, Visit>> {
  const store = new MemoryTokenStore()
  const client = (name: string, provider: core.Provider): Client =>
    new Client({
      client_id: 'id',
      redirect_uri: `https://app.example/auth/${name}/callback`,
      store,
      provider,
    })
  const auth = signInRoutes(
    {
      github: client('github', github()),
      google: client('google', google()),
      imgur: client('imgur', imgur()),
    },
    { secret: 'x'.repeat(32) },
  )
  const show =
    (respond: () => Response | Promise<Response | undefined>): Visit =>
    async page =>
      page.setContent(await (await respond())!.text())
  const failure = { code: 'x', message: '' } as never
  const errors = {
    declined: new core.AccessDeniedError(failure),
    expired: new core.FlowExpiredError('x' as never),
    replayed: new core.CallbackReplayedError('x' as never),
    transient: new core.TransientError(failure),
    ours: new Error('x'),
  }
  return {
    'web-choose': show(() => auth.handle(new Request('https://app.example/auth/login?to=/'))),
    ...Object.fromEntries(
      Object.entries(errors).map(([name, error]) => [
        `web-${name}`,
        show(() => errorPage(error, '/auth/login')),
      ]),
    ),
  }
}

async function emulatorPages(): Promise<Record<string, Visit>> {
  const emulator = await startEmulator({ clients: [{ redirect_uri: 'http://127.0.0.1:9/callback' }] })
  atEnd(() => emulator.close())
  const { client_id } = emulator.client
  const { account_username: username, password } = emulator.user
  const at =
    (path: string): Visit =>
    page =>
      page.goto(`${emulator.url}${path}`)
  const consent = (type: string): string =>
    `/oauth2/authorize?client_id=${client_id}&response_type=${type}&state=s`
  const signIn =
    (text: string, type = 'pin'): Visit =>
    async page => {
      await page.goto(`${emulator.url}${consent(type)}`)
      if (await page.locator('#username').count()) {
        await page.fill('#username', username)
        await page.fill('#password', text)
      }
      await page.click('button[name=allow]')
      await page.waitForLoadState()
    }
  return {
    'emulator-front': at('/'),
    'emulator-consent': at(consent('code')),
    'emulator-wrong-password': signIn('wrong'),
    'emulator-pin': signIn(password),
    'emulator-signed-in': at(consent('pin')),
    'emulator-unknown-client': at('/oauth2/authorize?client_id=x&response_type=code'),
    'emulator-register': at('/oauth2/addclient'),
    'emulator-not-found': at('/nowhere'),
    'emulator-token': at('/oauth2/token'),
    'emulator-api': at('/3/account/me'),
  }
}
