// The client that most programs have: read the token, refresh it if it has expired, write it. It meets the same server.
import { LIFETIME_S, Server } from '../../packages/core/test/keeper/world/server.ts'
import type { Policy } from '../../packages/core/test/keeper/world/server.ts'
import { type Action, PROCESSES } from './story.ts'
import { THEFT } from './words.ts'

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

/** What the visitor does to a step. */
export interface Trouble {
  readonly storeFails: boolean
  /** The next response is dropped. */
  readonly drops: boolean
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
    return changed(
      naive,
      action.process,
      action.type === 'kill' ? { killed: true } : { paused: action.type === 'pause' },
    )
  }

  /** Returns the processes whose turn it can be: those that can act, or else those whose request is at the server. */
  turns({ processes, leftMs }: Naive): number[] {
    const indexesOf = (matches: (one: NaiveProcess) => boolean): number[] =>
      processes.flatMap((one, index) => (matches(one) ? [index] : []))
    const acting = indexesOf(one => {
      if (one.killed || one.paused) return false
      return one.phase === 'idle' ? leftMs <= 0 && this.#hasMore(one) : one.phase !== 'sent'
    })
    return acting.length > 0 ? acting : indexesOf(({ phase }) => phase === 'sent')
  }

  /** Takes the turn of a process: this is the naive client. */
  step(naive: Naive, index: number, { storeFails, drops }: Trouble): NaiveStep {
    const { phase, token, calls, failed } = naive.processes[index]!
    switch (phase) {
      case 'idle':
        return stepOf(naive, index, 'reads the expired token', { phase: 'read', token: naive.token })
      case 'read':
        return stepOf(naive, index, `sends R0.${token}`, { phase: 'sent' })
      case 'sent':
        return this.#respond(naive, index, drops)
      case 'received': {
        if (storeFails)
          return stepOf(naive, index, 'cannot write the new token', failing(failed, 'the store failed'))
        const stored = { ...naive, token, leftMs: LIFETIME_S * 1000 }
        return stepOf(stored, index, `writes R0.${token}`, { phase: 'idle', calls: calls + 1 })
      }
    }
  }

  #respond(before: Naive, index: number, drops: boolean): NaiveStep {
    const { token, failed, killed } = before.processes[index]!
    const requests = before.requests + 1
    const { server, tokens, events } = this.#server.refresh(before.server, token, requests)
    const naive = { ...before, server, requests }
    const after = (label: string, change: Partial<NaiveProcess>): NaiveStep =>
      stepOf(naive, index, label, killed ? { phase: 'idle' } : change)
    if (drops) return after('gets no response', failing(failed, 'no response'))
    if (tokens) {
      const received = Number(tokens.refresh_token!.split('.')[1])
      return after(`gets R0.${received}`, { phase: 'received', token: received })
    }
    const theft = events.includes('KILL') ? THEFT : ''
    return after(`is refused${theft}`, failing(failed, 'invalid_grant'))
  }

  /** Will a process need a token again? It gives up when the server refuses: the user would have to sign in. */
  #hasMore({ calls, failed, error }: NaiveProcess): boolean {
    return error !== 'invalid_grant' && calls + failed < this.#expiries
  }
}

function failing(failed: number, error: string): Partial<NaiveProcess> {
  return { phase: 'idle', failed: failed + 1, error }
}

function stepOf(naive: Naive, process: number, label: string, change: Partial<NaiveProcess>): NaiveStep {
  return { after: changed(naive, process, change), label, process }
}

function changed(naive: Naive, index: number, change: Partial<NaiveProcess>): Naive {
  return { ...naive, processes: naive.processes.with(index, { ...naive.processes[index]!, ...change }) }
}
