// The client that most programs have: read the token, refresh it if it has expired, write it. It meets the same server.
import { LIFETIME_S, Server } from '../../packages/core/test/keeper/world/server.ts'
import type { Policy } from '../../packages/core/test/keeper/world/server.ts'
import { type Action, PROCESSES } from './story.ts'

/** What a process of the naive client does next. `sent`: its request is at the server. */
type Phase = 'idle' | 'read' | 'sent' | 'received'

export interface NaiveProcess {
  readonly phase: Phase
  /** How many tokens its callers got, and how many errors. */
  readonly calls: number
  readonly failed: number
  readonly killed: boolean
  readonly paused: boolean
  /** The refresh token that it read, sent or received, by its number. */
  readonly token: number
  /** An error of the last call. */
  readonly error?: string
}

export interface Naive {
  readonly processes: readonly NaiveProcess[]
  readonly server: number
  /** The refresh token in the store. */
  readonly token: number
  /** In how many ms the stored access token expires. */
  readonly leftMs: number
  readonly requests: number
}

/** The result of one step: the naive world after it, and what happened. */
export interface NaiveStep {
  readonly after: Naive
  readonly label: string
  readonly process: number
}

/** Tokens are numbered without a limit of their own: eight processes obtain eight at a time. */
const ROOM = 1_000

export class NaiveModel {
  readonly #server: Server
  readonly #expiries: number

  /** @param expiries How often each process needs a new token. */
  constructor(policy: Policy, expiries: number) {
    this.#server = new Server(policy, 1, ROOM)
    this.#expiries = expiries
  }

  start(leftMs: number): Naive {
    const process: NaiveProcess = {
      phase: 'idle',
      calls: 0,
      failed: 0,
      killed: false,
      paused: false,
      token: 0,
    }
    const processes = Array.from({ length: PROCESSES }, () => process)
    return { processes, server: this.#server.start, token: 0, leftMs, requests: 0 }
  }

  /** Does the server accept no refresh token that is stored, or that a process has and will store? */
  isSignedOut({ server, token, processes }: Naive): boolean {
    const received = processes.filter(({ phase, killed }) => phase === 'received' && !killed)
    return ![token, ...received.map(one => one.token)].some(one => this.#server.accepts(server, one))
  }

  /** Returns in how many ms a process will act, if none can now. */
  untilMs(naive: Naive): number {
    const waits = naive.processes.some(one => !one.killed && !one.paused && this.#hasMore(one))
    return waits && naive.leftMs > 0 ? naive.leftMs : Infinity
  }

  pass(naive: Naive, ms: number): Naive {
    return { ...naive, leftMs: naive.leftMs - ms }
  }

  apply(naive: Naive, action: Action): Naive {
    if (!('process' in action) || naive.processes[action.process]!.killed) return naive
    const change = action.type === 'kill' ? { killed: true } : { paused: action.type === 'pause' }
    return with_(naive, action.process, change)
  }

  /** Returns every step that can be next: of processes, or else of the server. */
  steps(naive: Naive, trouble: { storeFails: boolean; drops: boolean }): (() => NaiveStep)[] {
    const indexes = naive.processes.flatMap((one, index) => {
      const acts = one.phase === 'idle' ? naive.leftMs <= 0 && this.#hasMore(one) : one.phase !== 'sent'
      return acts && !one.killed && !one.paused ? [index] : []
    })
    if (indexes.length > 0) return indexes.map(index => () => this.#act(naive, index, trouble.storeFails))
    return naive.processes.flatMap(({ phase }, index) =>
      phase === 'sent' ? [() => this.#respond(naive, index, trouble.drops)] : [],
    )
  }

  /** Will a process need a token again? It gives up when the server refuses: the user would have to sign in. */
  #hasMore({ calls, failed, error }: NaiveProcess): boolean {
    return error !== 'invalid_grant' && calls + failed < this.#expiries
  }

  /** The naive client. */
  #act(naive: Naive, index: number, storeFails: boolean): NaiveStep {
    const process = naive.processes[index]!
    const become = (
      label: string,
      change: Partial<NaiveProcess>,
      shared: Partial<Naive> = {},
    ): NaiveStep => ({
      after: { ...with_(naive, index, change), ...shared },
      label,
      process: index,
    })
    switch (process.phase) {
      case 'idle':
        return become('reads the expired token', { phase: 'read', token: naive.token })
      case 'read':
        return become(`sends R0.${process.token}`, { phase: 'sent' })
      case 'received':
        if (storeFails) return become('cannot write the new token', fails(process, 'the store failed'))
        return become(
          `writes R0.${process.token}`,
          { phase: 'idle', calls: process.calls + 1 },
          { token: process.token, leftMs: LIFETIME_S * 1000 },
        )
      default:
        throw new Error(`a process does not act in the phase ${process.phase}`)
    }
  }

  #respond(naive: Naive, index: number, drops: boolean): NaiveStep {
    const process = naive.processes[index]!
    const verdict = this.#server.refresh(naive.server, process.token, naive.requests + 1)
    const server = { server: verdict.server, requests: naive.requests + 1 }
    const become = (label: string, change: Partial<NaiveProcess>): NaiveStep => ({
      after: { ...with_(naive, index, process.killed ? { phase: 'idle' } : change), ...server },
      label,
      process: index,
    })
    if (drops) return become('gets no response', fails(process, 'no response'))
    if (verdict.tokens) {
      const token = refreshOf(verdict.tokens)
      return become(`gets R0.${token}`, { phase: 'received', token })
    }
    const theft = verdict.events.includes('KILL') ? ': the server assumes theft and revokes every token' : ''
    return become(`is refused${theft}`, fails(process, 'invalid_grant'))
  }
}

const refreshOf = ({ refresh_token }: { readonly refresh_token?: string }): number =>
  Number(refresh_token!.split('.')[1])

const fails = ({ failed }: NaiveProcess, error: string): Partial<NaiveProcess> => ({
  phase: 'idle',
  failed: failed + 1,
  error,
})

function with_(naive: Naive, index: number, change: Partial<NaiveProcess>): Naive {
  const processes = naive.processes.map((one, at) => (at === index ? { ...one, ...change } : one))
  return { ...naive, processes }
}
