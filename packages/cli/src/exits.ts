/** An exit code, its meaning, and the error codes that cause it. */
export interface Exit {
  readonly exit: number
  readonly means: string
  readonly codes: readonly string[]
}

/** The exit code if `doctor` finds a problem. */
export const DOCTOR_FOUND_PROBLEM = 9

/** The exit code if the user must sign in. */
export const SIGN_IN_REQUIRED = 3

/** The exit codes of `latchkey`; README.md has the same table. */
export const EXITS: readonly Exit[] = [
  { exit: 0, means: 'done', codes: [] },
  { exit: 1, means: 'unexpected error', codes: [] },
  { exit: 2, means: 'the command line or the configuration file is wrong', codes: ['usage'] },
  {
    exit: SIGN_IN_REQUIRED,
    means: 'sign-in required',
    codes: ['signed_out', 'reauth_required', 'interaction_required'],
  },
  { exit: 4, means: 'the user declined the sign-in', codes: ['access_denied'] },
  {
    exit: 5,
    means: 'the code, PIN or URL of the sign-in is wrong, used or expired',
    codes: [
      'invalid_grant',
      'redirect_invalid',
      'state_mismatch',
      'issuer_mismatch',
      'no_answer',
      'timed_out',
    ],
  },
  {
    exit: 6,
    means: 'client id, secret or redirect URI do not match the registration, or this is not supported',
    codes: ['misconfigured', 'discovery_failed', 'port_in_use'],
  },
  {
    exit: 7,
    means: 'the server is unavailable or refused: try again later',
    codes: ['transient', 'transport', 'indeterminate', 'unrecognized'],
  },
  {
    exit: 8,
    means: 'the store cannot be used',
    codes: [
      'store_unavailable',
      'store_corrupt',
      'store_newer',
      'store_unsafe',
      'record_unusable',
      'decryption_failed',
      'keychain_mismatch',
    ],
  },
  { exit: DOCTOR_FOUND_PROBLEM, means: '`doctor` found a problem', codes: [] },
  { exit: 130, means: 'interrupted (Ctrl+C)', codes: ['interrupted'] },
]

/** Returns the exit code of an error. */
export function exitOf(error: unknown): number {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return EXITS.find(({ codes }) => codes.includes(String(code)))?.exit ?? 1
}
