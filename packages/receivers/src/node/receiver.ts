import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { checkOptionNames } from '@latchkey/core/ports'
import { ReceiverError } from '../errors.ts'
import {
  describeStray,
  isRedirect,
  type SignIn,
  stateOf,
  strayErrorOf,
  type WaitOptions,
} from '../sign-in.ts'
import { HEADERS, page, type PageText } from './page.ts'
import { PendingRedirects } from './pending-redirects.ts'

/** Options of `startReceiver`. */
export interface ReceiverOptions {
  /**
   * The registered redirect URI. Default `http://127.0.0.1/callback`. Without a port the receiver uses any free one,
   * which servers must allow on loopback (RFC 8252 section 7.3).
   */
  readonly redirect_uri?: string | undefined
  /**
   * The address to listen on, for a container whose port is published: `0.0.0.0`. The `redirect_uri` stays on loopback, and
   * needs a port. Everybody who reaches this address can send a redirect, so only sign-ins with PKCE are received. Default:
   * the address of the `redirect_uri`.
   */
  readonly host?: string | undefined
  /** The name of the program on the page. Default "the program". */
  readonly program?: string | undefined
  /**
   * Called with a sentence to show when an error without a `state` comes back. The sign-ins still wait, because anybody
   * can send one. Some servers omit the `state`: then the user can cancel the wait.
   */
  readonly onStrayError?: ((message: string) => void) | undefined
}

/** A loopback server that receives redirects. Its port is open until `close`. */
export interface LoopbackReceiver extends AsyncDisposable {
  /** The redirect URI with the actual port. Give it to the client before its flow starts. */
  readonly redirect_uri: string
  /**
   * Waits for the redirect of this sign-in and passes it to its `authorize`. Resolves to the result of that, after the
   * browser has received the page. Other requests get an error response. Several sign-ins can wait concurrently.
   *
   * @throws what `authorize` throws; then `receive` can be called again for the same sign-in.
   * @throws {ReceiverError} `timed_out` or `receiver_closed`.
   * @throws the signal's reason when it aborts.
   */
  receive<Result>(
    signIn: Pick<SignIn<Result | Promise<Result>>, 'state' | 'authorize'> & { readonly url?: string },
    options?: WaitOptions,
  ): Promise<Result>
  /** Closes the port and rejects pending calls of `receive`. */
  close(): Promise<void>
}

const LOOPBACK: Readonly<Record<string, string>> = {
  '127.0.0.1': '127.0.0.1',
  localhost: '127.0.0.1',
  '[::1]': '::1',
}

/** Headers of a prefetch: the standard one, and those of older Chromium, Firefox and Safari. */
const PREFETCH = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose']

const MAX_ADDRESS_BYTES = 65_536

/**
 * Starts a loopback server for redirects.
 *
 * @throws {TypeError} when an option is unknown, `redirect_uri` is not an http URL on loopback, or has a query or a fragment, or
 *   `host` is no IP address.
 * @throws {ReceiverError} `port_in_use` when another program listens on the port.
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<LoopbackReceiver> {
  checkOptionNames('startReceiver()', options, ['redirect_uri', 'host', 'program', 'onStrayError'])
  const { redirect_uri: registered = 'http://127.0.0.1/callback', host, program = 'the program' } = options
  const url = parseRedirectUri(registered)
  if (host !== undefined && (isIP(host) === 0 || url.port === ''))
    throw new TypeError('host must be an IP address, and needs a redirect_uri with a port')
  const pending = new PendingRedirects()
  const server = createServer()
  await listen(server, Number(url.port), host ?? LOOPBACK[url.hostname]!)
  url.port = String((server.address() as AddressInfo).port)
  server.on('request', createListener(url, program, pending, options.onStrayError))
  const close = async (): Promise<void> => {
    pending.rejectAll(new ReceiverError('receiver_closed', 'the receiver was closed during a wait'))
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    redirect_uri: url.href,
    async receive(signIn, wait = {}) {
      if (host !== undefined && !isProtected(signIn.url))
        throw new TypeError('with the option host, only a sign-in by code with PKCE can be received')
      return pending.wait(
        signIn.state,
        redirect => signIn.authorize(redirect, { redirectUriIsOwn: true }),
        wait,
      )
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Whether nobody else can use the code of a sign-in: it has PKCE, or was pushed, which only the client can do. */
function isProtected(url: string | undefined): boolean {
  const parameters = URL.parse(url ?? '')?.searchParams
  if (parameters?.has('request_uri')) return true
  return parameters?.get('response_type') === 'code' && parameters.has('code_challenge')
}

function parseRedirectUri(redirect_uri: string): URL {
  const url = URL.parse(redirect_uri)
  if (url?.protocol !== 'http:' || !Object.hasOwn(LOOPBACK, url.hostname) || url.search || url.hash)
    throw new TypeError(
      'redirect_uri must be an http URL on 127.0.0.1, localhost or [::1] without query and fragment',
    )
  return url
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen({ port, host, exclusive: true })
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new ReceiverError('port_in_use', `port ${port} on ${host} is in use by another program`)
  }
}

/** Returns the request listener. It passes redirects to the pending sign-in with their state. */
function createListener(
  { href, origin, host, pathname }: URL,
  program: string,
  pending: PendingRedirects,
  onStrayError?: (message: string) => void,
): RequestListener {
  const texts = pageTexts(program)

  /** Passes a redirect to its pending sign-in. Returns the page to show and what to call afterwards. */
  async function handleRedirect(
    redirect: URL,
  ): Promise<{ status: number; text: PageText; onShown?(): void }> {
    const stray = strayErrorOf(redirect)
    if (stray) {
      pending.strayError = stray
      const message = `${describeStray(stray)}; still waiting`
      try {
        onStrayError?.(message)
      } catch {
        // Anybody can send such a request: it must not end the program.
      }
      return { status: 400, text: { title: 'Sign-in failed', text: `${program}: ${message}.` } }
    }
    const handler = pending.handlerOf(stateOf(redirect))
    if (!handler || !isRedirect(redirect)) return { status: 400, text: texts.unexpected }
    const { error, onShown } = await handler(redirect.href)
    return { status: 200, text: error === undefined ? texts.done : errorText(error, texts), onShown }
  }

  return async (request, response) => {
    const send = (status: number, type: string, content: string): void => {
      response.writeHead(status, { ...HEADERS, 'Content-Type': `${type}; charset=utf-8` }).end(content)
    }
    /** Calls `listener` when the response was sent or its connection closed, so that the port may be closed then. */
    const whenSent = (listener = (): void => {}): void =>
      void (response.closed ? listener() : response.once('close', listener))

    // A prefetch comes before the user does, who would then find the code used. Browsers discard its response.
    if (PREFETCH.some(name => /prefetch|preview/.test(String(request.headers[name]))))
      return send(503, 'text/plain', 'no prefetch')
    // Host reveals DNS rebinding, and Origin reveals pages of other sites.
    if (request.headers.host !== host) return send(403, 'text/plain', 'wrong Host header')
    const address = URL.parse(request.url!, origin)
    if (address?.pathname !== pathname || address.origin !== origin)
      return send(404, 'text/plain', 'not found')

    if (request.method === 'GET') {
      if (!isRedirect(address)) return send(200, 'text/html', page(texts.sending, { sendAddress: true }))
      const { status, text, onShown } = await handleRedirect(address)
      whenSent(onShown)
      return send(status, 'text/html', page(text))
    }
    if (request.method !== 'POST' || request.headers.origin !== origin)
      return send(403, 'text/plain', 'wrong method or Origin')
    const body = await readBody(request)
    const redirect = body?.startsWith(href) ? URL.parse(body) : null
    if (!redirect) return send(400, 'application/json', JSON.stringify(texts.unexpected))
    const { status, text, onShown } = await handleRedirect(redirect)
    whenSent(onShown)
    send(status, 'application/json', JSON.stringify(text))
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let body = ''
  try {
    for await (const chunk of request.setEncoding('utf8')) {
      body += chunk
      if (body.length > MAX_ADDRESS_BYTES) return undefined
    }
  } catch {
    return undefined
  }
  return body
}

const pageTexts = (
  program: string,
): Readonly<Record<'sending' | 'done' | 'denied' | 'failed' | 'unexpected', PageText>> => ({
  sending: { title: 'Almost there', text: `Sending the result to ${program}.` },
  done: { title: 'You are signed in', text: `You can close this page and go back to ${program}.` },
  denied: {
    title: 'You declined access',
    text: `You are not signed in. You can close this page and go back to ${program}.`,
  },
  failed: { title: 'Sign-in failed', text: `You can close this page. See ${program} for the reason.` },
  unexpected: {
    title: 'No such sign-in',
    text: `This sign-in was finished before, or ${program} did not start it. You can close this page.`,
  },
})

function errorText(error: unknown, texts: ReturnType<typeof pageTexts>): PageText {
  const denied = (error as { readonly code?: unknown } | null)?.code === 'access_denied'
  return denied ? texts.denied : texts.failed
}
