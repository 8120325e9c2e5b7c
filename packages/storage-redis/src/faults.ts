/** What is to be done about a failure: the same again, again over another connection, or nothing. */
type Remedy = 'again' | 'reconnect' | 'none'

export interface Fault {
  /** What went wrong, in our words: Redis's own may quote a command, and with it a token. */
  readonly words: string
  /** Redis's or the system's name for it. */
  readonly code: string | undefined
  readonly remedy: Remedy
  /** Whether the command can have been carried out. */
  readonly applied: 'no' | 'unknown'
}

/** Redis has no code for it, only words: "ERR max number of clients reached". */
const TOO_MANY = 'MAXCLIENTS'

/** Redis's error replies, told apart by their first word; each means that the command was not carried out. */
const REPLIES: readonly [remedy: Remedy, words: string, codes: string][] = [
  ['again', 'it is still loading its data', 'LOADING'],
  ['again', 'it is busy with a script', 'BUSY'],
  ['again', 'too few replicas are connected', 'NOREPLICAS'],
  ['again', 'the cluster has no primary for this key', 'CLUSTERDOWN'],
  ['again', 'the key is being moved', 'TRYAGAIN'],
  ['reconnect', 'it has too many clients', TOO_MANY],
  ['reconnect', 'it is a replica', 'READONLY MASTERDOWN UNBLOCKED'],
  ['reconnect', 'the key is on another node of the cluster', 'MOVED ASK'],
  ['none', 'it is out of memory', 'OOM'],
  ['none', 'it cannot write to its disk', 'MISCONF'],
  ['none', 'something that is no string is stored under this key', 'WRONGTYPE'],
  ['none', 'the password is wrong or missing', 'WRONGPASS NOAUTH'],
  ['none', 'this user lacks a permission (the README lists those needed)', 'NOPERM'],
  ['none', 'it refused the command', ''],
]

/** What the system says about connections, told apart by `code`. */
const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host was not found',
  EAI_AGAIN: 'the host was not found',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
}

const BY_CODE = new Map(REPLIES.flatMap(row => row[2].split(' ').map(code => [code, row] as const)))

/** Older versions of Redis put their code behind the name of the script: "ERR Error running script ... -OOM command". */
const IN_SCRIPT = /@user_script.*?-([A-Z]{2,})\b/

/** Its own error replies are the only ones of node-redis whose messages begin with a word in capitals. */
const REPLY = /^([A-Z]{2,})(?: |$)/

/** Nothing came back in time. */
export class Silence extends Error {
  override readonly name = 'TimeoutError'
}

/** What no further attempt can mend; its message is ours. */
export class Hopeless extends Error {}

/** Reads what node-redis rejected with; `sent` is false where the command cannot have left this process. */
export function faultOf(error: unknown, sent: boolean): Fault {
  const { message, code: given } = error as { readonly message?: string; readonly code?: unknown }
  const code = typeof given === 'string' ? given : undefined
  const applied = sent ? 'unknown' : 'no'
  if (error instanceof Hopeless) return { words: error.message, code, remedy: 'none', applied: 'no' }
  if (error instanceof Silence) return { words: 'no answer in time', code, remedy: 'reconnect', applied }

  const reply = code === undefined ? REPLY.exec(message ?? '')?.[1] : undefined
  if (reply === undefined)
    return { words: CONNECTION[code ?? ''] ?? 'the connection failed', code, remedy: 'reconnect', applied }
  const named = reply === 'ERR' ? codeBehind(message!) : reply
  const [remedy, words] = (BY_CODE.get(named) ?? BY_CODE.get(''))!
  return { words, code: named, remedy, applied: 'no' }
}

function codeBehind(message: string): string {
  if (message.includes('max number of clients')) return TOO_MANY
  return IN_SCRIPT.exec(message)?.[1] ?? 'ERR'
}
