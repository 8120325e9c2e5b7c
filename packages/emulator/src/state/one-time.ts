import type { User } from '../registry.ts'

/** What a user allowed: the grant behind an authorization code or a PIN. */
export interface Grant {
  readonly client_id: string
  readonly user: User
  /** The redirect URI that the code was sent to. */
  readonly redirect_uri: string
  /** Unix time in ms; Infinity if it does not expire. */
  readonly expiresAtMs: number
}

/** Grants by authorization code or PIN. Each can be redeemed once. */
export interface OneTimeGrants {
  /** Returns the unredeemed grant of this client, even if it is expired. */
  find(value: string, client_id: string): Grant | undefined
  /** Returns whether a value can be redeemed now, by any client. */
  isLive(value: string, nowMs: number): boolean
  add(value: string, grant: Grant): void
  /** Redeems a value. */
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
