import { signInByPopup, signInByRedirect } from '@latchkey/receivers/browser'
import { api, client, onChange, saveTokens, signInClient } from './session.ts'

const find = <E extends HTMLElement>(selector: string): E => document.querySelector<E>(selector)!
const [account, problem, link, picture] = [
  find('#account'),
  find('#problem'),
  find('#link'),
  find<HTMLInputElement>('#picture'),
]

/** Messages for errors, by code. */
const MESSAGES: Readonly<Record<string, string>> = {
  access_denied: 'You declined access. You are not signed in.',
  reauth_required: 'Your sign-in has expired. Sign in again.',
  timed_out: 'The sign-in took too long. Sign in again.',
}

function show(isSignedIn: boolean, text: string): void {
  account.textContent = text
  find('.in').hidden = !isSignedIn
  find('.out').hidden = isSignedIn
}

/** Runs an action and shows its error, if any. */
async function attempt(action: () => Promise<void>): Promise<void> {
  problem.textContent = ''
  try {
    await action()
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string }
    if (code === 'reauth_required') show(false, 'You are not signed in.')
    problem.textContent = MESSAGES[code] ?? message
  }
}

const update = (): Promise<void> =>
  attempt(async () => {
    const { status } = await client.status()
    if (status !== 'live') show(false, 'You are not signed in.')
    if (status === 'reauth') problem.textContent = MESSAGES['reauth_required']!
    if (status !== 'live') return
    const { data } = (await (await api('/3/account/me')).json()) as { data: { url: string } }
    show(true, `You are ${data.url}.`)
  })

let waiting = new AbortController()
find('#sign-in').onclick = () => {
  waiting.abort() // the user may have closed the popup
  const { signal } = (waiting = new AbortController())
  const auth = signInClient.Authorize.byToken()
  const popup = signInByPopup(auth, { signal }) // in the click handler, or the browser blocks it
  void attempt(async () => {
    try {
      await saveTokens(await popup)
    } catch (error) {
      if ((error as { code?: string }).code === 'popup_blocked') return signInByRedirect(auth)
      if (!signal.aborted) throw error
    }
  })
}

find('#sign-out').onclick = () => attempt(() => client.signOut())

picture.onchange = () =>
  attempt(async () => {
    const body = new FormData()
    body.append('image', picture.files![0]!)
    const response = await api('/3/image', { method: 'POST', body })
    const { data } = (await response.json()) as { data: { link: string } }
    link.textContent = data.link
  })

await update()
onChange(() => void update())
