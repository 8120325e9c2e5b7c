import { ReceiverError } from '../errors.ts'
import { checkWaitOptions, DEFAULT_TIMEOUT_MS, type SignIn, stateOf, type WaitOptions } from '../sign-in.ts'
import { activation, currentRedirect, takeRedirect } from './current-redirect.ts'
import { hasSavedSignIn } from './saved-sign-ins.ts'
import { watchPopup } from './watch-popup.ts'

/** Options of `signInByPopup`. */
export interface PopupOptions extends WaitOptions {
  /** The size of the popup in CSS pixels. Default 520 by 680. */
  readonly width?: number | undefined
  /** Default 680. The screen may limit it. */
  readonly height?: number | undefined
}

/** What `deliverRedirect` did with the redirect in the page's address. */
export type PopupRedirectOutcome = 'delivered' | 'unclaimed' | 'none'

/** Page and popup communicate over a channel of their own origin, named by the unguessable state. */
const channelOf = (state: string): BroadcastChannel => new BroadcastChannel(`latchkey redirect ${state}`)

/**
 * Opens a popup at the authorization server, waits for its redirect, and resolves to the result of `authorize`. Call
 * it in the click handler, before any `await`: browsers block other popups.
 *
 * The redirect arrives over a BroadcastChannel, and a popup that the user closes is noticed. If the server's pages have
 * Cross-Origin-Opener-Policy, an open popup looks closed, so a closed one is not noticed before the timeout. Offer a way
 * to retry, and abort the signal then. A popup has no `opener`, so browsers do not let this page close it while it shows a
 * page of the server: after an abort or a timeout it stays open, and `deliverRedirect` resolves to `unclaimed` there.
 *
 * @throws {ReceiverError} `popup_blocked` when the browser opens no popup (use `signInByRedirect`), `popup_closed` when
 *   the user closed it, or `timed_out`.
 * @throws the signal's reason when it aborts, and what `authorize` throws.
 */
export function signInByPopup<Result>(
  signIn: SignIn<Result | Promise<Result>>,
  options: PopupOptions = {},
): Promise<Result> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, width = 520, height = 680 } = options
  return new Promise<Result>((resolve, reject) => {
    checkWaitOptions('signInByPopup()', options, ['width', 'height'])
    const channel = channelOf(signIn.state)
    const left = Math.round(screenX + (outerWidth - width) / 2)
    const top = Math.round(screenY + (outerHeight - height) / 2)
    const features = `popup,width=${width},height=${height},left=${left},top=${top}`
    // It opens empty, so that the server's pages have no `opener` to navigate this page by.
    const popup = window.open('', '_blank', features)
    if (popup) {
      popup.opener = null
      popup.location.replace(signIn.url)
    }
    const cleanUp = (): void => {
      clearTimeout(timer)
      unwatch?.()
      channel.close()
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (reason: unknown): void => {
      cleanUp()
      popup?.close()
      reject(reason)
    }
    const onAbort = (): void => fail(signal!.reason)
    const timer = setTimeout(
      () => fail(new ReceiverError('timed_out', `no redirect within ${timeoutMs / 1000} s; sign in again`)),
      timeoutMs,
    )
    const unwatch = popup && watchPopup(popup, () => fail(new ReceiverError('popup_closed', POPUP_CLOSED)))
    signal?.addEventListener('abort', onAbort)
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'string') return
      channel.postMessage({ received: true })
      cleanUp()
      Promise.resolve(data)
        .then(redirect => signIn.authorize(redirect))
        .then(resolve, reject)
    }
    if (!popup) fail(new ReceiverError('popup_blocked', POPUP_BLOCKED))
  })
}

const POPUP_BLOCKED =
  'the browser blocked the popup; call signInByPopup in the click handler, or use signInByRedirect'
const POPUP_CLOSED = 'the popup was closed before the sign-in ended; offer the user to sign in again'

/** How long to wait for the page that opened the popup to reply, in ms. It may be in the background. */
const REPLY_TIMEOUT_MS = 5_000

/**
 * Sends the redirect in the address to the page that opened this popup, removes it from the address, and closes the
 * window if the browser allows it. Call it on the page of `redirect_uri`, before any other script runs.
 *
 * Resolves to `delivered`; to `unclaimed` if no page waits for it; to `none` if the address has no redirect, or one
 * that belongs to `signInByRedirect`. The latter stays in the address for `finishSignIn`. Every call in the life of the
 * page returns the same promise.
 */
export function deliverRedirect(): Promise<PopupRedirectOutcome> {
  return (delivered ??= deliver())
}

let delivered: Promise<PopupRedirectOutcome> | undefined

async function deliver(): Promise<PopupRedirectOutcome> {
  const redirect = currentRedirect()
  if (!redirect) return 'none'
  const activated = activation()
  if (activated) await activated // otherwise the redirect is removed before any other script runs
  const state = stateOf(redirect)
  if (state && hasSavedSignIn(state)) return 'none'
  takeRedirect()
  if (!state) return 'unclaimed'
  const channel = channelOf(state)
  const outcome = await new Promise<PopupRedirectOutcome>(resolve => {
    const timer = setTimeout(() => resolve('unclaimed'), REPLY_TIMEOUT_MS)
    channel.onmessage = ({ data }: MessageEvent<{ received?: unknown }>) => {
      if (data?.received !== true) return
      clearTimeout(timer)
      resolve('delivered')
    }
    channel.postMessage(redirect.href)
  })
  channel.close()
  if (outcome === 'delivered') window.close()
  return outcome
}
