// Sign-ins that continue in this tab after a redirect. They are saved in its sessionStorage by state.
import type { SignIn } from '../sign-in.ts'

const keyOf = (state: string): string => `latchkey redirect ${state}`

export function saveSignIn({ state }: Pick<SignIn<unknown>, 'state'>, saved: string): void {
  sessionStorage.setItem(keyOf(state), saved)
}

/** Returns whether this tab has a saved sign-in with this state. */
export function hasSavedSignIn(state: string): boolean {
  try {
    return sessionStorage.getItem(keyOf(state)) !== null
  } catch {
    return false // storage is blocked, so nothing was saved
  }
}

/** Returns and removes the saved sign-in with this state; `null` if there is none. */
export function takeSavedSignIn(state: string): string | null {
  const saved = sessionStorage.getItem(keyOf(state))
  sessionStorage.removeItem(keyOf(state))
  return saved
}
