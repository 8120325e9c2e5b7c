import { randomHex } from '../random.ts'
import type { User } from '../registry.ts'

/**
 * The open forms of the authorize page, each for one Allow or Deny, and the sessions of users who have signed in.
 */
export interface SignIns {
  /** Returns the token of a new form, for the cookie `authorize_token` and the form's buttons. */
  newForm(): string
  isOpenForm(token: string): boolean
  /** Closes a form: pressing Allow twice is an error (recorded). */
  closeForm(token: string): void
  /** Starts a session and returns the value of the session cookie. */
  startSession(userOf: User): string
  user(session: string): User | undefined
  endSession(session: string): void
}

export function createSignIns(): SignIns {
  const forms = new Set<string>()
  const sessions = new Map<string, User>()
  return {
    newForm() {
      const token = randomHex(32)
      forms.add(token)
      return token
    },
    isOpenForm: token => forms.has(token),
    closeForm(token) {
      forms.delete(token)
    },
    startSession(user) {
      const session = randomHex(32)
      sessions.set(session, user)
      return session
    },
    user: session => sessions.get(session),
    endSession(session) {
      sessions.delete(session)
    },
  }
}
