// The requests of an MCP transport: which ones carry the token, and which can be sent twice.

/** Returns the URL of a request. */
export function urlOf(input: RequestInfo | URL): string {
  return input instanceof Request ? input.url : String(input)
}

/** Whether a request is for the MCP server, and not for metadata that lies at the same origin. */
export function isForServer(url: string, server: string): boolean {
  if (!URL.canParse(url)) return false
  const { origin, pathname } = new URL(url)
  return origin === new URL(server).origin && !pathname.startsWith('/.well-known/')
}

/** Whether the body can be sent again: transports of MCP send text. */
export function isRepeatable(input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  const body = init?.body
  if (body != null) return typeof body === 'string'
  return !(input instanceof Request && input.body)
}

/** Returns `init` without an `Authorization` whose token `isOurs`: the SDK adds the one of its provider itself. */
export function withoutToken(
  init: RequestInit | undefined,
  isOurs: (token: string) => boolean,
): RequestInit | undefined {
  const headers = new Headers(init?.headers)
  const [, token] = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '') ?? []
  if (token === undefined || !isOurs(token)) return init
  headers.delete('authorization')
  return { ...init, headers }
}

/** Returns a request whose body can be sent once more. */
export function copyOf(input: RequestInfo | URL): RequestInfo | URL {
  return input instanceof Request ? input.clone() : input
}
