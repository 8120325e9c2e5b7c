// Deno's fetch sends a request once more by itself, a POST as well, when it came over a connection that was in use
// before and that breaks; a refresh token would be spent twice. Only a client that keeps no connections never does.

/** What is used of Deno. */
interface Deno {
  createHttpClient?(options: { poolMaxIdlePerHost: number }): { close(): void }
}

/** What to add to a request so that the runtime sends it once, and what is to be done after it. */
export interface SingleSend {
  readonly init: object
  end(): void
}

/** Nothing at all, but for Deno. */
export function singleSend(): SingleSend {
  const client = (globalThis as { Deno?: Deno }).Deno?.createHttpClient?.({ poolMaxIdlePerHost: 0 })
  return { init: client ? { client } : {}, end: () => client?.close() }
}
