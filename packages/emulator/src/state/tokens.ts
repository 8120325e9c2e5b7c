import type { Clock } from '../clock.ts'
import type { Switches } from '../options.ts'
import { randomHex } from '../random.ts'
import type { User } from '../registry.ts'
import { accessTokenLifetimeMs } from './eras.ts'
import { decide } from './rotation.ts'

/** The tokens of one answer of the token endpoint. */
export interface TokenSet {
  readonly access_token: string
  readonly refresh_token: string
  readonly user: User
}

/** Everything that descends from one sign-in. */
interface Family {
  readonly client_id: string
  readonly user: User
  revoked: boolean
}

interface AccessToken {
  readonly family: Family
  readonly expiresAtMs: number
  revoked: boolean
}

interface RefreshToken {
  readonly family: Family
  spentAtMs: number | undefined
  retired: boolean
  /** What was issued for it, oldest first. */
  readonly issued: TokenSet[]
  /** What was issued for its predecessor, itself among them. */
  readonly siblings: readonly TokenSet[]
}

/** The access and refresh tokens of all accounts. */
export interface Tokens {
  /** The tokens of a new sign-in. */
  issue(client_id: string, user: User): TokenSet
  /** Exchanges a refresh token by the rotation policy in force; `undefined` when it is refused. */
  refresh(refresh_token: string, client_id: string): TokenSet | undefined
  /** Whose access token this is; `undefined` when it is unknown, expired or revoked. */
  holder(access_token: string): { readonly client_id: string; readonly user: User } | undefined
  /** Registers tokens of which the values are given; the access token does not expire. */
  add(client_id: string, set: TokenSet): void
}

export function createTokens(clock: Clock, switches: Readonly<Switches>): Tokens {
  const accessTokens = new Map<string, AccessToken>()
  const refreshTokens = new Map<string, RefreshToken>()

  const register = (family: Family, set: TokenSet, expiresAtMs: number, siblings: TokenSet[]): TokenSet => {
    accessTokens.set(set.access_token, { family, expiresAtMs, revoked: false })
    if (!refreshTokens.has(set.refresh_token)) {
      const unused = { spentAtMs: undefined, retired: false, issued: [] }
      refreshTokens.set(set.refresh_token, { family, siblings, ...unused })
      siblings.push(set)
    }
    return set
  }
  const mint = (family: Family, refresh_token = randomHex(40), siblings: TokenSet[] = []): TokenSet =>
    register(
      family,
      { access_token: randomHex(40), refresh_token, user: family.user },
      clock.nowMs() + accessTokenLifetimeMs(switches),
      siblings,
    )
  const retire = (sets: readonly TokenSet[]): void => {
    for (const { refresh_token } of sets) refreshTokens.get(refresh_token)!.retired = true
  }
  const isSpent = (refresh_token: string): boolean =>
    refreshTokens.get(refresh_token)?.spentAtMs !== undefined

  const endSessions = (client_id: string, user: User): void => {
    for (const token of accessTokens.values()) {
      if (token.family.client_id === client_id && token.family.user === user) token.revoked = true
    }
  }

  return {
    issue(client_id, user) {
      if (switches.singleSession) endSessions(client_id, user)
      return mint({ client_id, user, revoked: false })
    },

    refresh(refresh_token, client_id) {
      const token = refreshTokens.get(refresh_token)
      if (!token || token.family.client_id !== client_id || token.family.revoked) return undefined
      const nowMs = clock.nowMs()
      const succeeded = token.issued.some(set => isSpent(set.refresh_token))
      const verdict = decide(switches.rotation, switches.graceMs, { ...token, succeeded }, nowMs)
      switch (verdict) {
        case 'refuse':
          return undefined
        case 'revoke':
          token.family.revoked = true
          return undefined
        case 'echo':
          return mint(token.family, refresh_token)
        case 'repeat':
          return token.issued.at(-1)
        case 'replace':
          retire(token.issued)
          break
        case 'settle':
          retire(token.siblings.filter(set => set.refresh_token !== refresh_token))
          break
        case 'rotate':
        case 'add':
        case 'branch':
          break
      }
      if (verdict !== 'add') token.spentAtMs ??= nowMs
      return mint(token.family, undefined, token.issued)
    },

    holder(access_token) {
      const token = accessTokens.get(access_token)
      if (!token || token.revoked || token.family.revoked || clock.nowMs() >= token.expiresAtMs)
        return undefined
      return token.family
    },

    add(client_id, set) {
      register({ client_id, user: set.user, revoked: false }, set, Infinity, [])
    },
  }
}
