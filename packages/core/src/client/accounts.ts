import { ownerOf } from '../keeper/record.ts'
import type { TokenStore } from '../ports/token-store.ts'

/** The clients of a program's accounts: the same one for the same name, as long as it is referenced. */
export class Accounts<Client extends object> {
  readonly #make: (name: string) => Client
  readonly #clients = new Map<string, WeakRef<Client>>()
  readonly #registry = new FinalizationRegistry<string>(name => {
    if (!this.#clients.get(name)?.deref()) this.#clients.delete(name)
  })

  constructor(make: (name: string) => Client) {
    this.#make = make
  }

  get(name: string): Client {
    const known = this.#clients.get(name)?.deref()
    if (known) return known
    const client = this.#make(name)
    this.#clients.set(name, new WeakRef(client))
    this.#registry.register(client, name)
    return client
  }
}

/** Lists the names of a client's accounts in `store`. */
export async function* accountsIn(
  store: TokenStore,
  provider: string,
  client_id: string,
): AsyncIterable<string> {
  if (!store.keys)
    throw new TypeError('this store cannot list its keys: accounts() needs a store with keys()')
  for await (const key of store.keys()) {
    const owner = ownerOf(key)
    if (owner?.provider === provider && owner.client_id === client_id) yield owner.account
  }
}
