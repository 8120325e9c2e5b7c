/** How to handle a failure: retry, retry over another connection, or give up. */
type Remedy = 'retry' | 'reconnect' | 'none'

export interface Fault {
  /** What went wrong. Not Redis's own message, which may quote a command with a token. */
  readonly reason: string
  /** The code of Redis or of the system. */
  readonly code: string | undefined
  readonly remedy: Remedy
  /** Whether the command may have been executed. */
  readonly applied: 'no' | 'unknown'
}

/** Redis has no code for it, only a message: "ERR max number of clients reached". */
const TOO_MANY_CLIENTS = 'MAXCLIENTS'

/** Redis's error replies, by their first word. Each means that the command was not executed. */
const ERROR_REPLIES: readonly [remedy: Remedy, reason: string, codes: string][] = [
  ['retry', 'the server is still loading its data', 'LOADING'],
  ['retry', 'the server is busy with a script', 'BUSY'],
  ['retry', 'too few replicas are connected', 'NOREPLICAS'],
  ['retry', 'the cluster has no primary for this key', 'CLUSTERDOWN'],
  ['retry', 'the key is being moved', 'TRYAGAIN'],
  ['reconnect', 'the server has too many clients', TOO_MANY_CLIENTS],
  ['reconnect', 'the server is a replica', 'READONLY MASTERDOWN UNBLOCKED'],
  ['reconnect', 'the key is on another node of the cluster', 'MOVED ASK'],
  ['none', 'the server is out of memory', 'OOM'],
  ['none', 'the server cannot write to its disk', 'MISCONF'],
  ['none', 'the value of this key is not a string', 'WRONGTYPE'],
  ['none', 'the password is wrong or missing', 'WRONGPASS NOAUTH'],
  ['none', 'this user lacks a permission (the README lists those needed)', 'NOPERM'],
  ['none', 'the server rejected the command', ''],
]

/** Connection errors of the system, by `code`. */
const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host was not found',
  EAI_AGAIN: 'the host was not found',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
}

const BY_CODE = new Map(ERROR_REPLIES.flatMap(row => row[2].split(' ').map(code => [code, row] as const)))

/** Older versions of Redis put the code after the script: "ERR Error running script ... -OOM command". */
const IN_SCRIPT = /@user_script[^@]*?-([A-Z]{2,})\b/

/** Only error replies have messages that begin with a word in capitals; other errors of node-redis do not. */
const REPLY = /^([A-Z]{2,})(?: |$)/

/** node-redis rejects with these messages before it queues a command. */
const NEVER_SENT = /^The client is (closed|offline)$/

/** Redis sent no response in time. */
export class NoResponseError extends Error {
  override readonly name = 'TimeoutError'
}

/** A failure that a retry cannot fix. Its message is shown to the user. */
export class PermanentError extends Error {}

/** Classifies an error of node-redis. `sent` is false if the command cannot have left this process. */
export function faultOf(error: unknown, sent: boolean): Fault {
  const { message, code: given } = error as { readonly message?: string; readonly code?: unknown }
  const code = typeof given === 'string' ? given : undefined
  const applied = sent && !NEVER_SENT.test(message ?? '') ? 'unknown' : 'no'
  if (error instanceof PermanentError) return { reason: error.message, code, remedy: 'none', applied: 'no' }
  if (error instanceof NoResponseError)
    return { reason: 'no response in time', code, remedy: 'reconnect', applied }

  const reply = replyCodeOf(error)
  if (reply === undefined)
    return { reason: CONNECTION[code ?? ''] ?? 'the connection failed', code, remedy: 'reconnect', applied }
  const replyCode = reply === 'ERR' ? codeIn(message!) : reply
  const [remedy, reason] = (BY_CODE.get(replyCode) ?? BY_CODE.get(''))!
  return { reason, code: replyCode, remedy, applied: 'no' }
}

/** Returns the first word of an error that a server replied, or `undefined` for other errors. */
export function replyCodeOf(error: unknown): string | undefined {
  const { message, code } = error as { readonly message?: string; readonly code?: unknown }
  return typeof code === 'string' ? undefined : REPLY.exec(message ?? '')?.[1]
}

function codeIn(message: string): string {
  if (message.includes('max number of clients')) return TOO_MANY_CLIENTS
  return IN_SCRIPT.exec(message)?.[1] ?? 'ERR'
}
