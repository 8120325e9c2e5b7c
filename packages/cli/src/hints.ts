import type { Settings } from './settings.ts'

/** What to do about an error, by its code. */
const HINTS: Readonly<Record<string, (login: string) => string>> = {
  signed_out: login => `Sign in with: ${login}`,
  reauth_required: login => `Sign in again with: ${login}`,
  access_denied: login => `Nothing was signed in. Begin again with: ${login}`,
  invalid_grant: login => `Begin again with: ${login}`,
  redirect_invalid: login => `Begin again with: ${login}`,
  state_mismatch: login => `Begin again with: ${login}`,
  issuer_mismatch: login => `Begin again with: ${login}`,
  timed_out: login => `Begin again with: ${login}`,
  no_answer: login => `Run it where you can type, or hand it the answers: printf '...\\n' | ${login}`,
  misconfigured: () => 'See what is configured with: latchkey doctor',
  port_in_use: login => `Leave --port out for a free one, or choose another: ${login} --port 8085`,
  transient: () => 'Nothing was used up. Try again later.',
  transport: () => 'Is this machine online, and is that the address? Try again later.',
  indeterminate: () => 'Try again soon; if it goes on, see: latchkey doctor',
  usage: () => 'See: latchkey --help',
}

/** What the person can do about an error, if there is anything. */
export function hintFor(error: unknown, settings: Settings | undefined): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' && Object.hasOwn(HINTS, code)
    ? HINTS[code]!(settings ? loginCommand(settings) : 'latchkey login')
    : undefined
}

/** The command that signs in to what the settings name. */
export function loginCommand({ provider, account }: Pick<Settings, 'provider' | 'account'>): string {
  return [
    'latchkey login',
    ...(provider === 'imgur' ? [] : [provider]),
    ...(account === 'default'
      ? []
      : [`--account ${/^[\w.@-]+$/.test(account) ? account : JSON.stringify(account)}`]),
  ].join(' ')
}
