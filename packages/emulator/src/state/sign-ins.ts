import { randomHex } from '../random.ts'
import type { User } from '../registry.ts'

/**
 * Who is looking at the authorize page: the forms handed out, each good for one Allow or Deny, and the
 * sessions of people who signed in.
 */
export interface SignIns {
  /** A token for a new form: it is put into the cookie `authorize_token` and into the form's buttons. */
  newForm(): string
  isOpenForm(token: string): boolean
  /** Uses a form up: pressing Allow twice is an error (recorded). */
  closeForm(token: string): void
  /** Signs somebody in and returns the value for the session cookie. */
  open(user: User): string
  user(session: string): User | undefined
  close(session: string): void
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
    open(user) {
      const session = randomHex(32)
      sessions.set(session, user)
      return session
    },
    user: session => sessions.get(session),
    close(session) {
      sessions.delete(session)
    },
  }
}
