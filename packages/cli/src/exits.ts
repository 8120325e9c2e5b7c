/** One way to end: its exit code, what it means, and the errors' codes that lead to it. */
export interface Exit {
  readonly exit: number
  readonly means: string
  readonly codes: readonly string[]
}

/** `doctor` has something to say. */
export const FOUND_SOMETHING = 9

/** How `latchkey` ends; README.md has the same table. */
export const EXITS: readonly Exit[] = [
  { exit: 0, means: 'done', codes: [] },
  { exit: 1, means: 'something that was not foreseen', codes: [] },
  { exit: 2, means: 'the command line or the configuration file is wrong', codes: ['usage'] },
  { exit: 3, means: 'somebody has to sign in', codes: ['signed_out', 'reauth_required'] },
  { exit: 4, means: 'the person said no', codes: ['access_denied'] },
  {
    exit: 5,
    means: 'what the person brought is wrong, spent or too late',
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
    means: 'client id, secret or redirect URI are not what the server has registered, or it cannot do this',
    codes: ['misconfigured', 'discovery_failed', 'port_in_use'],
  },
  {
    exit: 7,
    means: 'the server cannot be asked now: try again later',
    codes: ['transient', 'transport', 'indeterminate'],
  },
  {
    exit: 8,
    means: 'the store cannot be used',
    codes: ['store_unavailable', 'store_corrupt', 'store_newer', 'store_unsafe', 'record_unusable'],
  },
  { exit: FOUND_SOMETHING, means: '`doctor` found something to do', codes: [] },
  { exit: 130, means: 'interrupted (Ctrl+C)', codes: ['interrupted'] },
]

/** The exit code of an error. */
export function exitOf(error: unknown): number {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return EXITS.find(({ codes }) => codes.includes(String(code)))?.exit ?? 1
}
