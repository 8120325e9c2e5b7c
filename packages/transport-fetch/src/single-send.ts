// When a reused connection breaks, Deno's fetch repeats the request by itself, even a POST. A refresh token would be
// used twice. Only a client without kept-alive connections never does that.

/** The part of Deno that is used. */
interface Deno {
  createHttpClient?(options: { poolMaxIdlePerHost: number }): { close(): void }
}

/** The `init` members that make the runtime send a request once; call `close` afterwards. */
export interface SingleSend {
  readonly init: object
  close(): void
}

/** Returns no members, except on Deno. */
export function singleSend(): SingleSend {
  const client = (globalThis as { Deno?: Deno }).Deno?.createHttpClient?.({ poolMaxIdlePerHost: 0 })
  return { init: client ? { client } : {}, close: () => client?.close() }
}
