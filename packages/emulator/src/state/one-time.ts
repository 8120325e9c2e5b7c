import type { User } from '../registry.ts'

/** What somebody allowed: an authorization code or a PIN stands for it until it is redeemed. */
export interface Grant {
  readonly client_id: string
  readonly user: User
  /** Where the code was sent. */
  readonly redirect_uri: string
  /** Unix time in milliseconds; Infinity for one that lasts until it is used. */
  readonly expiresAtMs: number
}

/** Grants under values that can be redeemed once: the authorization codes, or the PINs. */
export interface OneTimeGrants {
  /** The grant of a value that this client may still redeem; an expired one is returned, and is the caller's to refuse. */
  find(value: string, client_id: string): Grant | undefined
  /** Whether a value stands for a grant of any client that can be redeemed now. */
  isLive(value: string, nowMs: number): boolean
  add(value: string, grant: Grant): void
  /** Uses a value up. */
  redeem(value: string): void
}

export function createOneTimeGrants(): OneTimeGrants {
  const grants = new Map<string, Grant>()
  return {
    find(value, client_id) {
      const grant = grants.get(value)
      return grant?.client_id === client_id ? grant : undefined
    },
    isLive(value, nowMs) {
      return nowMs < (grants.get(value)?.expiresAtMs ?? 0)
    },
    add(value, grant) {
      grants.set(value, grant)
    },
    redeem(value) {
      grants.delete(value)
    },
  }
}
