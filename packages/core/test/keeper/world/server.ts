// A model of an authorization server that exchanges refresh tokens, as plain data: what the emulator does
// (`packages/emulator/src/state/rotation.ts`), with a grace window that only ends when a successor is used.
import type { Tokens } from '../../../src/tokens.ts'
import { Table } from './table.ts'

export type Policy = 'none' | 'strict' | 'single' | 'grace-same' | 'grace-all' | 'grace-latest'

export const POLICIES: readonly Policy[] = [
  'none',
  'strict',
  'single',
  'grace-same',
  'grace-all',
  'grace-latest',
]

/** Lifetime of every access token, in s. */
export const LIFETIME_S = 3600

interface RefreshToken {
  /** The refresh token that it was granted for; -1: a sign-in. */
  readonly parent: number
  /** It was presented before. */
  readonly seen: boolean
  /** It was exchanged. */
  readonly used: boolean
  /** It was withdrawn in favour of a newer one. */
  readonly retired: boolean
}

/** The tokens of one sign-in. */
interface Family {
  readonly over?: 'killed' | 'revoked'
  readonly tokens: readonly RefreshToken[]
  /** How many access tokens were granted, if the refresh token stays the same. */
  readonly grants: number
  /** The newest generation whose refresh token was presented, if it stays the same. */
  readonly generation: number
}

/** The result of presenting a refresh token. */
export interface Verdict {
  readonly server: number
  /** Absent: it was rejected. */
  readonly tokens?: Tokens
  /** The number of the refresh token in them. */
  readonly bit: number
  readonly events: readonly ('DUP' | 'KILL')[]
}

/** The most refresh tokens of a family. */
export const ROOM = 15
const NEW: RefreshToken = { parent: -1, seen: false, used: false, retired: false }

/** The number of a refresh token, from its name. */
export function bitOf(refresh_token: string): number {
  const [family, index] = refresh_token.slice(1).split('.').map(Number) as [number, number]
  return family * ROOM + index
}

/** The numbers of all refresh tokens of a family, as bits. */
export function bitsOfFamily(family: number): number {
  return ((1 << ROOM) - 1) << (family * ROOM)
}

export function tokensOf(family: number, access: number, refresh = access): Tokens {
  return {
    access_token: `A${family}.${access}`,
    refresh_token: `R${family}.${refresh}`,
    expires_in: LIFETIME_S,
    account_id: 'a',
  }
}

/** The server; its states are numbers, so that they are compared and remembered cheaply. */
export class Server {
  readonly start: number
  readonly #policy: Policy
  readonly #room: number
  readonly #states = new Table<readonly Family[]>(families => JSON.stringify(families))
  readonly #verdicts = new Map<number, Verdict>()

  /** @param room The most refresh tokens of a family; {@link bitOf} needs the default. */
  constructor(policy: Policy, families: number, room: number = ROOM) {
    this.#policy = policy
    this.#room = room
    this.start = this.#states.idOf(
      Array.from({ length: families }, () => ({ tokens: [NEW], grants: 1, generation: 0 })),
    )
  }

  /** Presents a refresh token, to renew `generation`. */
  refresh(server: number, bit: number, generation: number): Verdict {
    const key = (server * 1024 + bit) * 1024 + generation
    const known = this.#verdicts.get(key)
    if (known) return known
    const verdict = this.#decide(server, bit, generation)
    this.#verdicts.set(key, verdict)
    return verdict
  }

  #decide(server: number, bit: number, generation: number): Verdict {
    const { family, index, name } = this.#find(server, bit)
    const token = family.tokens[index]!
    const dup = this.#policy === 'none' ? generation <= family.generation : token.seen
    const events: ('DUP' | 'KILL')[] = dup ? ['DUP'] : []
    const seen = {
      ...family,
      generation: Math.max(generation, family.generation),
      tokens: with_(family.tokens, index, { seen: true }),
    }
    const refuse = (after: Family): Verdict => ({ server: this.#with(server, name, after), bit, events })
    const grant = (tokens: readonly RefreshToken[]): Verdict => {
      if (tokens.length >= this.#room) throw new Error('a family of the model holds no more refresh tokens')
      const child = tokens.length
      const after = { ...seen, tokens: [...with_(tokens, index, { used: true }), { ...NEW, parent: index }] }
      return {
        server: this.#with(server, name, after),
        tokens: tokensOf(name, child),
        bit: name * this.#room + child,
        events,
      }
    }

    if (family.over) return refuse(seen)
    if (this.#policy === 'none') {
      const after = { ...seen, grants: seen.grants + 1 }
      return { server: this.#with(server, name, after), tokens: tokensOf(name, seen.grants, 0), bit, events }
    }
    if (!token.used && !token.retired) return grant(seen.tokens)
    if (this.#policy === 'single') return refuse(seen)
    if (!this.#inGrace(family, index)) return this.#kill(seen, refuse, events)
    const issued = (child: RefreshToken): boolean => child.parent === index
    if (this.#policy === 'grace-same') {
      const child = family.tokens.findLastIndex(issued)
      return {
        server: this.#with(server, name, seen),
        tokens: tokensOf(name, child),
        bit: name * this.#room + child,
        events,
      }
    }
    return grant(
      this.#policy === 'grace-all'
        ? seen.tokens
        : seen.tokens.map(child => (issued(child) ? { ...child, retired: true } : child)),
    )
  }

  #kill(seen: Family, refuse: (after: Family) => Verdict, events: ('DUP' | 'KILL')[]): Verdict {
    events.push('KILL')
    return refuse({ ...seen, over: 'killed' })
  }

  #inGrace({ tokens }: Family, index: number): boolean {
    return (
      this.#policy.startsWith('grace') &&
      tokens[index]!.used &&
      !tokens.some(child => child.parent === index && child.used)
    )
  }

  /** Revokes the whole family of a token (RFC 7009 section 2.1); a token that was used is unknown by then. */
  revoke(server: number, bit: number): number {
    const { family, name } = this.#find(server, bit)
    return family.over || (this.#policy !== 'none' && !this.isFresh(server, bit))
      ? server
      : this.#with(server, name, { ...family, over: 'revoked' })
  }

  /** Would this refresh token be exchanged if it were presented now? */
  accepts(server: number, bit: number): boolean {
    const { family, index } = this.#find(server, bit)
    if (family.over) return false
    if (this.#policy === 'none') return true
    return this.isFresh(server, bit) || this.#inGrace(family, index)
  }

  /** Was it not exchanged or withdrawn? */
  isFresh(server: number, bit: number): boolean {
    const { family, index } = this.#find(server, bit)
    const token = family.tokens[index]!
    return !family.over && !token.used && !token.retired
  }

  /** Returns how many refresh tokens of a family were granted. */
  granted(server: number, name: number): number {
    return this.#states.at(server)[name]!.tokens.length
  }

  /** Returns why no token of a family works any more, if so. */
  over(server: number, name: number): Family['over'] {
    return this.#states.at(server)[name]?.over
  }

  /** Returns the refresh tokens of a family that would be exchanged. */
  accepted(server: number, name: number): number[] {
    return this.#states
      .at(server)
      [name]!.tokens.map((_, index) => name * this.#room + index)
      .filter(bit => this.accepts(server, bit))
  }

  #find(server: number, bit: number): { family: Family; index: number; name: number } {
    const name = Math.floor(bit / this.#room)
    return { family: this.#states.at(server)[name]!, index: bit % this.#room, name }
  }

  #with(server: number, name: number, family: Family): number {
    return this.#states.idOf(this.#states.at(server).map((old, index) => (index === name ? family : old)))
  }
}

function with_(
  tokens: readonly RefreshToken[],
  index: number,
  change: Partial<RefreshToken>,
): readonly RefreshToken[] {
  return tokens.map((token, at) => (at === index ? { ...token, ...change } : token))
}
