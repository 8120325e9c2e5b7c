// The page of redirect_uri, in a popup, or in the tab itself if popups are blocked.
import { deliverRedirect, finishSignIn } from '@latchkey/receivers/browser'

const MESSAGES = {
  delivered: 'You can close this window.',
  unclaimed: 'No page is waiting for this sign-in. You can close this window and sign in again.',
  none: 'One moment …',
}
const status = document.querySelector('[role=status]')!
const outcome = await deliverRedirect()
status.textContent = MESSAGES[outcome]
if (outcome === 'none') {
  const { saveTokens, signInClient } = await import('./session.ts')
  try {
    const finished = await finishSignIn(signInClient)
    if (finished) await saveTokens(finished.tokens)
    location.replace('/')
  } catch (error) {
    status.textContent = `Sign-in failed: ${(error as Error).message}. Go back and sign in again.`
  }
}
