import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

/** An HTTP server on loopback. */
export interface Listening {
  readonly url: string
  close(): Promise<void>
}

/** Listens on a free port; `handle` is called with the address. With `tls`, by https. */
export async function listen(
  handle: (url: string) => RequestListener,
  tls?: ServerOptions,
): Promise<Listening> {
  const server = tls ? createSecureServer(tls) : createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.on('request', handle(url))
  return {
    url,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}
