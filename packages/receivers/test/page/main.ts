// A page that exposes the package to the tests.
import { Client, imgur } from '@latchkey/core'
import {
  finishSignIn,
  deliverRedirect,
  type RedirectOptions,
  signInByPopup,
  signInByRedirect,
} from '../../src/browser/index.ts'

/** The functions and results that a test accesses in the page. */
export interface Stage {
  begin(kind: 'popup' | 'redirect', server: string, options?: { timeoutMs?: number; appState?: object }): void
  abort(): void
  result: string | undefined
  redirected: string | undefined
  appState: unknown
}

declare global {
  var stage: Stage
}

const stage: Stage = (globalThis.stage = {
  result: undefined,
  redirected: undefined,
  appState: undefined,
  begin(kind, server, options) {
    const client = new Client({ client_id: '43652b743b5a7a0', provider: imgur({ baseUrl: server }) })
    const auth = client.Authorize.byToken()
    const show = (text: string): void => void (stage.result = text)
    const fail = (error: Error & { code?: string }): void => show(error.code ?? error.message)
    if (kind === 'redirect')
      try {
        localStorage.setItem('server', server)
        return signInByRedirect(auth, options as RedirectOptions)
      } catch (error) {
        return fail(error as Error)
      }
    const { signal } = abort
    signInByPopup(auth, { signal, ...options }).then(
      tokens => show(`signed in as ${tokens.account_username}`),
      fail,
    )
  },
  abort: () => abort.abort(new Error('aborted')),
})
const abort = new AbortController()

const mode = document.documentElement.dataset['mode']
const outcome = mode === 'popup' || mode === 'both' ? await deliverRedirect() : undefined
if (outcome) document.title = outcome
if (mode === 'redirect' || (mode === 'both' && outcome === 'none')) {
  const server = localStorage.getItem('server') ?? 'http://127.0.0.1:1'
  const client = new Client({ client_id: '43652b743b5a7a0', provider: imgur({ baseUrl: server }) })
  stage.redirected = await finishSignIn(client).then(
    finished => {
      stage.appState = finished?.appState
      return finished?.tokens.account_username ?? 'nothing'
    },
    (error: Error & { code?: string }) => error.code ?? error.message,
  )
}
