import type { Settings } from './settings.ts'
import { UsageError } from './usage-error.ts'

/** What to do about an error, by its code. */
const HINTS: Readonly<Record<string, (login: string) => string>> = {
  signed_out: login => `Sign in with: ${login}`,
  reauth_required: login => `Sign in again with: ${login}`,
  access_denied: login => `Nothing was signed in. Start again with: ${login}`,
  invalid_grant: login => `Start again with: ${login}`,
  redirect_invalid: login => `Start again with: ${login}`,
  state_mismatch: login => `Start again with: ${login}`,
  issuer_mismatch: login => `Start again with: ${login}`,
  timed_out: login => `Start again with: ${login}`,
  no_answer: login => `Run it in a terminal, or pipe the answers to it: printf '...\\n' | ${login}`,
  misconfigured: () => 'Show the configuration with: latchkey doctor',
  port_in_use: login => `Omit --port to use a free port, or choose another: ${login} --port 8085`,
  transient: () => 'No code or token was used. Try again later.',
  transport: () => 'Check the network connection and the URL. Try again later.',
  indeterminate: () => 'Try again soon; if it persists, run: latchkey doctor',
  usage: () => 'See: latchkey --help',
}

/** Returns what the user can do about an error, if known. */
export function hintFor(error: unknown, settings: Settings | undefined): string | undefined {
  if (error instanceof UsageError && error.hint !== undefined) return error.hint
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' && Object.hasOwn(HINTS, code)
    ? HINTS[code]!(settings ? loginCommand(settings) : 'latchkey login')
    : undefined
}

/** Returns the command that signs in to an account. */
export function loginCommand({ provider, account }: Pick<Settings, 'provider' | 'account'>): string {
  return [
    'latchkey login',
    ...(provider === 'imgur' ? [] : [provider]),
    ...(account === 'default'
      ? []
      : [`--account ${/^[\w.@-]+$/.test(account) ? account : JSON.stringify(account)}`]),
  ].join(' ')
}
