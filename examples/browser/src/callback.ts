// Where Imgur sends people back to: in a popup, or, where popups are blocked, in the tab itself.
import { deliverRedirect, finishSignIn } from '@latchkey/receivers/browser'

const WORDS = {
  delivered: 'You can close this window.',
  unclaimed: 'Nobody waits for this any more. You can close this window, and sign in again.',
  none: 'One moment …',
}
const status = document.querySelector('[role=status]')!
const outcome = await deliverRedirect()
status.textContent = WORDS[outcome]
if (outcome === 'none') {
  const { keep, newcomer } = await import('./session.ts')
  try {
    const tokens = await finishSignIn(newcomer)
    if (tokens) await keep(tokens)
    location.replace('/')
  } catch (error) {
    status.textContent = `That did not work: ${(error as Error).message}. Go back and sign in again.`
  }
}
