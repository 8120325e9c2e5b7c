// Sign-ins that this tab was left for wait in its sessionStorage, each by its state.
import type { SignIn } from '../sign-in.ts'

const keyOf = (state: string): string => `latchkey redirect ${state}`

export function leave({ state }: Pick<SignIn<unknown>, 'state'>, saved: string): void {
  sessionStorage.setItem(keyOf(state), saved)
}

/** Whether this tab was left for the sign-in with this state, and has not ended it yet. */
export function isLeft(state: string): boolean {
  try {
    return sessionStorage.getItem(keyOf(state)) !== null
  } catch {
    return false // storage is blocked: nothing can have been left there
  }
}

/** Takes up what was left, once; `null` when nothing was. */
export function takeUp(state: string): string | null {
  const saved = sessionStorage.getItem(keyOf(state))
  sessionStorage.removeItem(keyOf(state))
  return saved
}
