import type { Clock } from '../clock.ts'
import type { Switches } from '../options.ts'
import { randomHex } from '../random.ts'
import type { User } from '../registry.ts'
import { accessTokenLifetimeMs } from './eras.ts'
import { chooseAction } from './rotation.ts'

/** The tokens of one token response. */
export interface TokenSet {
  readonly access_token: string
  readonly refresh_token: string
  readonly user: User
}

/** All tokens that descend from one sign-in. */
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
  usedAtMs: number | undefined
  retired: boolean
  /** The tokens issued for it, oldest first. */
  readonly issued: TokenSet[]
  /** The tokens issued for its predecessor, including itself. */
  readonly siblings: readonly TokenSet[]
}

/** The access and refresh tokens of all accounts. */
export interface Tokens {
  /** Issues the tokens of a new sign-in. */
  issue(client_id: string, user: User): TokenSet
  /** Uses a refresh token by the current rotation policy. Returns `undefined` if it is rejected. */
  refresh(refresh_token: string, client_id: string): TokenSet | undefined
  /** Returns the client and user of an access token; `undefined` if it is unknown, expired or revoked. */
  findAccess(access_token: string): { readonly client_id: string; readonly user: User } | undefined
  /** Registers given tokens. The access token does not expire. */
  add(client_id: string, set: TokenSet): void
}

export function createTokens(clock: Clock, switches: Readonly<Switches>): Tokens {
  const accessTokens = new Map<string, AccessToken>()
  const refreshTokens = new Map<string, RefreshToken>()

  const register = (family: Family, set: TokenSet, expiresAtMs: number, siblings: TokenSet[]): TokenSet => {
    accessTokens.set(set.access_token, { family, expiresAtMs, revoked: false })
    if (!refreshTokens.has(set.refresh_token)) {
      const unused = { usedAtMs: undefined, retired: false, issued: [] }
      refreshTokens.set(set.refresh_token, { family, siblings, ...unused })
      siblings.push(set)
    }
    return set
  }
  const issueTokens = (family: Family, refresh_token = randomHex(40), siblings: TokenSet[] = []): TokenSet =>
    register(
      family,
      { access_token: randomHex(40), refresh_token, user: family.user },
      clock.nowMs() + accessTokenLifetimeMs(switches),
      siblings,
    )
  const retire = (sets: readonly TokenSet[]): void => {
    for (const { refresh_token } of sets) refreshTokens.get(refresh_token)!.retired = true
  }
  const isUsed = (refresh_token: string): boolean => refreshTokens.get(refresh_token)?.usedAtMs !== undefined

  const endSessions = (client_id: string, user: User): void => {
    for (const token of accessTokens.values()) {
      if (token.family.client_id === client_id && token.family.user === user) token.revoked = true
    }
  }

  return {
    issue(client_id, user) {
      if (switches.singleSession) endSessions(client_id, user)
      return issueTokens({ client_id, user, revoked: false })
    },

    refresh(refresh_token, client_id) {
      const token = refreshTokens.get(refresh_token)
      if (!token || token.family.client_id !== client_id || token.family.revoked) return undefined
      const nowMs = clock.nowMs()
      const succeeded = token.issued.some(set => isUsed(set.refresh_token))
      const action = chooseAction(switches.rotation, switches.graceMs, { ...token, succeeded }, nowMs)
      switch (action) {
        case 'reject':
          return undefined
        case 'revoke':
          token.family.revoked = true
          return undefined
        case 'echo':
          return issueTokens(token.family, refresh_token)
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
      if (action !== 'add') token.usedAtMs ??= nowMs
      return issueTokens(token.family, undefined, token.issued)
    },

    findAccess(access_token) {
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
