import { signInByPopup, signInByRedirect } from '@latchkey/receivers/browser'
import { api, client, keep, newcomer, onChange, signOut } from './session.ts'

const find = <E extends HTMLElement>(selector: string): E => document.querySelector<E>(selector)!
const [who, problem, link, picture] = [
  find('#who'),
  find('#problem'),
  find('#link'),
  find<HTMLInputElement>('#picture'),
]

/** What errors mean to the person. */
const WORDS: Readonly<Record<string, string>> = {
  access_denied: 'You said no, and nobody was signed in.',
  reauth_required: 'Your sign-in has expired: sign in again.',
  timed_out: 'You did not come back in time: sign in again.',
}

function show(isIn: boolean, words: string): void {
  who.textContent = words
  find('.in').hidden = !isIn
  find('.out').hidden = isIn
}

/** Does something, and says what went wrong with it, if anything did. */
async function attempt(action: () => Promise<void>): Promise<void> {
  problem.textContent = ''
  try {
    await action()
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string }
    if (code === 'reauth_required') show(false, 'Nobody is signed in.')
    problem.textContent = WORDS[code] ?? message
  }
}

const look = (): Promise<void> =>
  attempt(async () => {
    if ((await client.status()).status !== 'live') return show(false, 'Nobody is signed in.')
    const { data } = (await (await api('/3/account/me')).json()) as { data: { url: string } }
    show(true, `You are ${data.url}.`)
  })

let waiting = new AbortController()
find('#sign-in').onclick = () => {
  waiting.abort() // whose popup was closed begins anew
  const { signal } = (waiting = new AbortController())
  const auth = newcomer.Authorize.byToken()
  const popup = signInByPopup(auth, { signal }) // in the click itself, or the browser blocks it
  void attempt(async () => {
    try {
      await keep(await popup)
      await look()
    } catch (error) {
      if ((error as { code?: string }).code === 'popup_blocked') return signInByRedirect(auth)
      if (!signal.aborted) throw error
    }
  })
}

find('#sign-out').onclick = () =>
  attempt(async () => {
    await signOut()
    await look()
  })

picture.onchange = () =>
  attempt(async () => {
    const body = new FormData()
    body.append('image', picture.files![0]!)
    const response = await api('/3/image', { method: 'POST', body })
    const { data } = (await response.json()) as { data: { link: string } }
    link.textContent = data.link
  })

onChange(() => void look())
void look()
