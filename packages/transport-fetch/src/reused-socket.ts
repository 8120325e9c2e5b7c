/** What a socket had read when a request was written to it, in bytes, by its local port. */
const readAtSend = new Map<number, number>()

interface SocketLike {
  readonly localPort?: number
  readonly bytesRead?: number
}

/** `process` as far as it is needed; other runtimes than Node have none of it. */
interface ProcessLike {
  getBuiltinModule?(name: 'node:diagnostics_channel'): {
    subscribe(channel: string, listener: (message: unknown) => void): void
  }
}

// undici, which is Node's fetch, reports each request that it writes (https://undici.nodejs.org, DiagnosticsChannel).
const { process } = globalThis as { process?: ProcessLike }
process?.getBuiltinModule?.('node:diagnostics_channel')?.subscribe('undici:client:sendHeaders', message => {
  const { localPort, bytesRead } = (message as { socket: SocketLike }).socket
  if (localPort !== undefined && bytesRead !== undefined) readAtSend.set(localPort, bytesRead)
})

/**
 * Returns whether a request met the end of an idle connection: its socket had carried a response before, and no byte of
 * this one came. Only Node tells; elsewhere it is false.
 */
export function isReusedSocket(error: object): boolean {
  const { localPort = 0, bytesRead } = (error as { socket?: SocketLike }).socket ?? {}
  const atSend = readAtSend.get(localPort)
  return !!atSend && atSend === bytesRead
}
