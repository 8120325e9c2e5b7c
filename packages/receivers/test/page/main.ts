// A page for the tests: what the package offers, within reach of them.
import { Client, imgur } from '@latchkey/core'
import { finishSignIn, handBack, signInByPopup, signInByRedirect } from '../../src/browser/index.ts'

/** What a test calls in the page. */
export interface Stage {
  begin(kind: 'popup' | 'redirect', server: string, options?: { timeoutMs?: number }): void
  abort(): void
  result: string | undefined
  redirected: string | undefined
}

declare global {
  var stage: Stage
}

const stage: Stage = (globalThis.stage = {
  result: undefined,
  redirected: undefined,
  begin(kind, server, options) {
    const client = new Client({ client_id: '43652b743b5a7a0', provider: imgur({ baseUrl: server }) })
    const auth = client.Authorize.byToken()
    sessionStorage.setItem('server', server)
    if (kind === 'redirect') return signInByRedirect(auth)
    const { signal } = abort
    const show = (text: string): void => void (stage.result = text)
    signInByPopup(auth, { signal, ...options }).then(
      tokens => show(`signed in as ${tokens.account_username}`),
      (error: Error & { code?: string }) => show(error.code ?? error.message),
    )
  },
  abort: () => abort.abort(new Error('aborted')),
})
const abort = new AbortController()

const mode = document.documentElement.dataset['mode']
const became = mode === 'popup' || mode === 'both' ? await handBack() : undefined
if (became) document.title = became
if (mode === 'redirect' || (mode === 'both' && became === 'nothing')) {
  const server = sessionStorage.getItem('server') ?? 'http://127.0.0.1:1'
  const client = new Client({ client_id: '43652b743b5a7a0', provider: imgur({ baseUrl: server }) })
  stage.redirected = await finishSignIn(client).then(
    tokens => tokens?.account_username ?? 'nothing',
    (error: Error & { code?: string }) => error.code ?? error.message,
  )
}
