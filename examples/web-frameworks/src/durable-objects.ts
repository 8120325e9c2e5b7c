// A token store in Cloudflare's Durable Objects: docs/guides/other-databases.md explains it.
import { StoreError, type TokenStore } from '@latchkey/core'
import type { Json, Stored, SwapResult } from '@latchkey/core/ports'

/** What the object keeps. JSON as text comes back exactly. */
type Row = { readonly version: string; readonly json: string; readonly expiresAtMs: number | null }
type Call =
  | { readonly type: 'read' }
  | { readonly type: 'swap'; readonly expected?: string; readonly next: Row }
  | { readonly type: 'remove' }

/** The part of `DurableObjectState` that it needs. */
interface State {
  readonly storage: {
    get(key: string): Promise<unknown>
    put(key: string, value: Row): Promise<void>
    delete(key: string): Promise<unknown>
  }
}

/** The object of one account. While it reads, no other event starts, so nothing comes between the read and the write. */
export class TokenObject {
  readonly #storage: State['storage']
  constructor({ storage }: State) {
    this.#storage = storage
  }

  async fetch(request: Request): Promise<Response> {
    const call = (await request.json()) as Call
    if (call.type === 'remove') await this.#storage.delete('row')
    if (call.type === 'remove') return Response.json({})
    const stored = (await this.#storage.get('row')) as Row | undefined
    const row = (stored?.expiresAtMs ?? Infinity) > Date.now() ? stored : undefined
    if (call.type === 'read' || row?.version !== call.expected) return Response.json({ row })
    await this.#storage.put('row', call.next)
    return Response.json({ row: call.next })
  }
}

/** The part of `DurableObjectNamespace` that it needs. */
interface Namespace<Id> {
  idFromName(name: string): Id
  get(id: Id): { fetch(url: string, init: { method: string; body: string }): Promise<Response> }
}

/** Returns a store with one object per account. */
export function durableObjectStore<Id>(namespace: Namespace<Id>): TokenStore {
  async function send(key: string, call: Call): Promise<Row | undefined> {
    // JSON, since a name cannot have half a surrogate pair.
    const object = namespace.get(namespace.idFromName(JSON.stringify(key)))
    const response = await object.fetch('https://tokens/', { method: 'POST', body: JSON.stringify(call) })
    if (!response.ok) throw new Error('the object failed')
    return ((await response.json()) as { row?: Row }).row
  }
  /** Repeats a call once: a swap finds its own write by the version. A removal could remove a newer value. */
  async function call(key: string, one: Call): Promise<Row | undefined> {
    try {
      return await send(key, one).catch(error => {
        if (one.type === 'remove') throw error
        return send(key, one)
      })
    } catch (error) {
      throw new StoreError('the Durable Object of this account did not respond', error)
    }
  }
  const toStored = (row: Row | undefined): Stored | undefined =>
    row && { value: JSON.parse(row.json) as Json, version: row.version }

  return {
    atomicity: 'cluster',
    read: async key => toStored(await call(key, { type: 'read' })),
    async compareAndSwap(key, expected, value, { expiresAtMs = Infinity } = {}): Promise<SwapResult> {
      const version = crypto.randomUUID()
      const json = JSON.stringify(value)
      const next: Row = { version, json, expiresAtMs: expiresAtMs === Infinity ? null : expiresAtMs }
      const swap = {
        type: 'swap',
        next,
        ...(expected !== undefined && { expected: String(expected) }),
      } as const
      const row = await call(key, swap)
      return row?.version === version
        ? { swapped: true, version }
        : { swapped: false, current: toStored(row) }
    },
    async remove(key) {
      await call(key, { type: 'remove' })
    },
  }
}
