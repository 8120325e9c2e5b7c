// Sign-ins that continue in this tab after a redirect. They are saved in its sessionStorage by state.
import { checkJson, type Json } from '@latchkey/core/ports'
import { ReceiverError } from '../errors.ts'
import type { SignIn } from '../sign-in.ts'

/** A sign-in as it is saved. */
export interface SavedSignIn {
  /** What `Authorize.resume` accepts. */
  readonly flow: string
  /** The `appState` that was passed to `signInByRedirect`. */
  readonly appState?: Json | undefined
}

const keyOf = (state: string): string => `latchkey redirect ${state}`

/**
 * Accesses this tab's sessionStorage.
 *
 * @throws {ReceiverError} `storage_unavailable` when the browser blocks it, or it is full.
 */
function storage<Result>(access: (storage: Storage) => Result): Result {
  try {
    return access(sessionStorage)
  } catch {
    throw new ReceiverError('storage_unavailable', STORAGE_UNAVAILABLE)
  }
}

const STORAGE_UNAVAILABLE =
  'the browser does not let this page use sessionStorage, where a sign-in by redirect is saved; ' +
  'allow site data (cookies) for this page, or use signInByPopup'

/** @throws {TypeError} when `appState` is not JSON. */
export function saveSignIn(signIn: Pick<SignIn<unknown>, 'state'>, appState: Json | undefined): void {
  if (appState !== undefined) checkJson('appState', appState)
  const saved: SavedSignIn = { flow: JSON.stringify(signIn), appState }
  putSavedSignIn(signIn.state, saved)
}

/** Saves a sign-in, or puts one back. */
export function putSavedSignIn(state: string, saved: SavedSignIn): void {
  storage(storage => storage.setItem(keyOf(state), JSON.stringify(saved)))
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
export function takeSavedSignIn(state: string): SavedSignIn | null {
  return storage(storage => {
    const saved = storage.getItem(keyOf(state))
    storage.removeItem(keyOf(state))
    return saved === null ? null : (JSON.parse(saved) as SavedSignIn)
  })
}
