import { ReceiverError } from '../errors.ts'
import { checkWait, PATIENCE_MS, type SignIn, stateOf, type WaitOptions } from '../sign-in.ts'
import { redirectHere, takeRedirect } from './address.ts'
import { isLeft } from './left.ts'

/** How a popup is opened and waited for. */
export interface PopupOptions extends WaitOptions {
  /** In CSS pixels; 520 by 680 unless said otherwise. */
  readonly width?: number | undefined
  readonly height?: number | undefined
}

/** What becomes of what a popup brings. */
export type Bringer = 'taken' | 'unclaimed' | 'nothing'

/** The two tell each other everything over a channel of their own origin, named by the state, which nobody guesses. */
const channelOf = (state: string): BroadcastChannel => new BroadcastChannel(`latchkey redirect ${state}`)

/**
 * Opens a popup at the authorization server and resolves to what `authorize` makes of its redirect. Call it in the
 * click itself, before any `await`: browsers block every other popup.
 *
 * The result comes over a BroadcastChannel and nothing is asked of the popup's window, since servers cut that tie
 * (Cross-Origin-Opener-Policy), whereupon a window that is open looks closed. For the same reason a popup that the
 * person closed cannot be told from one they are busy with: offer a way to begin anew, and abort the signal then.
 *
 * @throws {ReceiverError} `popup_blocked` when the browser opens none (`signInByRedirect` does without), `timed_out`;
 *   the signal's reason when that aborts; and what `authorize` throws.
 */
export function signInByPopup<Result>(
  signIn: SignIn<Result | Promise<Result>>,
  { signal, timeoutMs = PATIENCE_MS, width = 520, height = 680 }: PopupOptions = {},
): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    checkWait({ signal, timeoutMs })
    const channel = channelOf(signIn.state)
    const left = Math.round(screenX + (outerWidth - width) / 2)
    const top = Math.round(screenY + (outerHeight - height) / 2)
    const features = `popup,width=${width},height=${height},left=${left},top=${top}`
    const popup = window.open(signIn.url, '_blank', features)
    const leave = (): void => {
      clearTimeout(timer)
      channel.close()
      signal?.removeEventListener('abort', aborted)
    }
    const end = (reason: unknown): void => {
      leave()
      popup?.close()
      reject(reason)
    }
    const aborted = (): void => end(signal!.reason)
    const timer = setTimeout(
      () => end(new ReceiverError('timed_out', `nobody came back within ${timeoutMs / 1000} s`)),
      timeoutMs,
    )
    signal?.addEventListener('abort', aborted)
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'string') return
      channel.postMessage({ taken: true })
      leave()
      Promise.resolve(data)
        .then(redirect => signIn.authorize(redirect))
        .then(resolve, reject)
    }
    if (!popup) end(new ReceiverError('popup_blocked', 'the browser opened no popup'))
  })
}

/** How long the page that opened the popup is given to answer, in ms; it may be in the background. */
const ANSWER_MS = 5_000

/**
 * On the page that the popup comes back to: takes the redirect out of the address, hands it to the page that
 * waits, and closes the window where the browser lets it. Call it before anything else of the page runs.
 *
 * Resolves to `taken`; to `unclaimed` when nobody waits for it (any more); to `nothing` when the address carries no
 * redirect, or one that this tab was left for: that is for `finishSignIn`, and stays where it is.
 */
export async function handBack(): Promise<Bringer> {
  const redirect = redirectHere()
  if (!redirect) return 'nothing'
  const state = stateOf(redirect)
  if (state && isLeft(state)) return 'nothing'
  takeRedirect()
  if (!state) return 'unclaimed'
  const channel = channelOf(state)
  const answer = await new Promise<Bringer>(resolve => {
    const timer = setTimeout(() => resolve('unclaimed'), ANSWER_MS)
    channel.onmessage = ({ data }: MessageEvent<{ taken?: unknown }>) => {
      if (data?.taken !== true) return
      clearTimeout(timer)
      resolve('taken')
    }
    channel.postMessage(redirect.href)
  })
  channel.close()
  if (answer === 'taken') window.close()
  return answer
}
