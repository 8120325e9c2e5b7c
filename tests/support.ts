import { subscribe } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { Client, type ClientOptions, imgur, type TokenStore, type Transport } from '@latchkey/core'
import { keyOf } from '@latchkey/core/keeper'
import type { HttpRequest, HttpResponse } from '@latchkey/core/ports'
import type { Emulator } from '@latchkey/emulator'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { fetchTransport } from '@latchkey/transport-fetch'

/** Returns a client of the emulator, over real HTTP. */
export function clientOf(emulator: Emulator, options: ClientOptions = {}): Client {
  const { client_id, client_secret } = emulator.client
  return new Client({
    client_id,
    client_secret,
    provider: imgur({ baseUrl: emulator.url }),
    transport: fetchTransport(),
    ...options,
  })
}

/** Returns the key of the default account at an emulator. */
export function defaultKey({ url, client: { client_id } }: Emulator): string {
  return keyOf({ provider: imgur({ baseUrl: url }).name, client_id, account: 'default' })
}

/** Returns a promise and the function that resolves it. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>(done => (resolve = done))
  return { promise, resolve }
}

/** Returns a transport whose responses the test supplies, and which records the requests. */
export function respondingWith(
  respond: (request: HttpRequest) => Partial<HttpResponse> | Promise<Partial<HttpResponse>>,
): Transport & { readonly requests: HttpRequest[] } {
  const requests: HttpRequest[] = []
  return {
    requests,
    async send(request) {
      requests.push(request)
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '',
        ...(await respond(request)),
      }
    },
  }
}

/** Returns `store` with some of its methods replaced. */
export function storeWith(store: TokenStore, replaced: Partial<TokenStore>): TokenStore {
  return {
    atomicity: store.atomicity,
    read: key => store.read(key),
    compareAndSwap: (...swap) => store.compareAndSwap(...swap),
    remove: key => store.remove(key),
    ...replaced,
  }
}

/** The HTTP requests of this process that are under way. One that began in an earlier test file may end in this one. */
const requests = new Set<unknown>()
const requestOf = (message: unknown): unknown => (message as { readonly request: object }).request
subscribe('undici:request:create', message => void requests.add(requestOf(message)))
subscribe('undici:request:trailers', message => void requests.delete(requestOf(message)))
subscribe('undici:request:error', message => void requests.delete(requestOf(message)))

/** Returns `transport`; its calls count as requests until they end, since a compressed body is read after its request. */
export const counted = (transport: Transport): Transport => ({
  async send(...given) {
    requests.add(given)
    try {
      return await transport.send(...given)
    } finally {
      requests.delete(given)
    }
  },
})

/** Returns a clock that advances to the next timer as soon as nothing else can continue: no time passes for a request. */
export function hastyClock(nowMs?: number): FakeClock {
  const clock = fakeClock(nowMs === undefined ? {} : { nowMs })
  let running = false
  const hurry = async (): Promise<void> => {
    if (running) return
    running = true
    do {
      await setImmediate()
      if (requests.size === 0) await clock.advanceToNext()
    } while (clock.sleeping().length > 0)
    running = false
  }
  return {
    ...clock,
    sleep(ms, options) {
      void hurry()
      return clock.sleep(ms, options)
    },
  }
}

/** Resolves as soon as `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}

/** Returns all values of an asynchronous iterable. */
export async function collected<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}
