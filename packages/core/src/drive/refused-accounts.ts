import type { Owner } from '../keeper/record.ts'

/** By client: the accounts whose refresh was refused in this process since a refresh of that client last worked. */
const refusedAccounts = new Map<string, Set<string>>()

/** Notes whether a refresh was refused; returns whether other accounts of the client are refused as well. */
export function noteRefresh({ provider, client_id, account }: Owner, isRefused: boolean): boolean {
  const client = JSON.stringify([provider, client_id])
  if (!isRefused) {
    refusedAccounts.delete(client)
    return false
  }
  const accounts = refusedAccounts.get(client) ?? new Set()
  refusedAccounts.set(client, accounts.add(account))
  return accounts.size > 1
}
