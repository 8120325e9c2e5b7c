import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ReceiverError } from '../errors.ts'
import { isRedirect, type SignIn, stateOf, type WaitOptions } from '../sign-in.ts'
import { HEADERS, page, type Words } from './page.ts'
import { Waiting } from './waiting.ts'

/** What a receiver is made of. */
export interface ReceiverOptions {
  /**
   * As it is registered; `http://127.0.0.1/callback` unless said otherwise. Its port is the one to listen on; without
   * one any free port is taken, which servers must allow on loopback (RFC 8252 section 7.3).
   */
  readonly redirect_uri?: string | undefined
  /** What the page calls the program that people go back to; "the program" unless said otherwise. */
  readonly program?: string | undefined
}

/** A server on loopback that browsers come back to. Its port is open until `close`. */
export interface LoopbackReceiver extends AsyncDisposable {
  /** With the port that it listens on: the client's `redirect_uri`, set before its flow begins. */
  readonly redirect_uri: string
  /**
   * Waits for the redirect of this sign-in and hands it to its `authorize`; resolves to what that comes to, when the
   * browser was shown it. Whatever else comes is answered and waited past. Several sign-ins may be waited for at once.
   *
   * @throws what `authorize` throws; the sign-in may be waited for again.
   * @throws {ReceiverError} `timed_out` or `receiver_closed`; the signal's reason when that aborts.
   */
  receive<Result>(
    signIn: Pick<SignIn<Result | Promise<Result>>, 'state' | 'authorize'>,
    options?: WaitOptions,
  ): Promise<Result>
  /** Frees the port and ends who waits. */
  close(): Promise<void>
}

const LOOPBACK: Readonly<Record<string, string>> = {
  '127.0.0.1': '127.0.0.1',
  localhost: '127.0.0.1',
  '[::1]': '::1',
}

const MAX_ADDRESS_BYTES = 65_536

/**
 * Opens a port on loopback for redirects.
 *
 * @throws {TypeError} when `redirect_uri` is no http URL of loopback, or has a query or a fragment.
 * @throws {ReceiverError} `port_in_use` when another program has the port.
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<LoopbackReceiver> {
  const { redirect_uri: registered = 'http://127.0.0.1/callback', program = 'the program' } = options
  const url = checked(registered)
  const waiting = new Waiting()
  const server = createServer()
  await listen(server, Number(url.port), LOOPBACK[url.hostname]!)
  url.port = String((server.address() as AddressInfo).port)
  server.on('request', answering(url, program, waiting))
  const close = async (): Promise<void> => {
    waiting.endAll(new ReceiverError('receiver_closed', 'the receiver was closed'))
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    redirect_uri: url.href,
    receive: (signIn, wait = {}) => waiting.for(signIn.state, redirect => signIn.authorize(redirect), wait),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function checked(redirect_uri: string): URL {
  const url = URL.parse(redirect_uri)
  if (url?.protocol !== 'http:' || !Object.hasOwn(LOOPBACK, url.hostname) || url.search || url.hash)
    throw new TypeError(
      'redirect_uri must be an http URL of 127.0.0.1, localhost or [::1] without query and fragment',
    )
  return url
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen({ port, host, exclusive: true })
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new ReceiverError('port_in_use', `port ${port} of ${host} is in use by another program`)
  }
}

/** Answers everybody; passes on the redirects that somebody waits for. */
function answering(
  { href, origin, host, pathname }: URL,
  program: string,
  waiting: Waiting,
): RequestListener {
  const words = wordsFor(program)

  /** Hands a redirect to who waits for it; what the page has to say, and what to do once it was said. */
  async function take(redirect: URL): Promise<{ status: number; said: Words; shown?(): void }> {
    const taker = waiting.taker(stateOf(redirect))
    if (!taker || !isRedirect(redirect)) return { status: 400, said: words.stray }
    const { error, shown } = await taker(redirect.href)
    return { status: 200, said: error === undefined ? words.done : wordsOf(error, words), shown }
  }

  return async (request, response) => {
    const send = (status: number, type: string, content: string): void => {
      response.writeHead(status, { ...HEADERS, 'Content-Type': `${type}; charset=utf-8` }).end(content)
    }
    /** Who waits goes on when the browser has the page, or is gone: then the port may be closed. */
    const whenSent = (shown = (): void => {}): void =>
      void (response.closed ? shown() : response.once('close', shown))

    // Names that were pointed at loopback (DNS rebinding) show in Host, other people's pages in Origin.
    if (request.headers.host !== host) return send(403, 'text/plain', 'not from this machine')
    const address = URL.parse(request.url!, origin)
    if (address?.pathname !== pathname || address.origin !== origin)
      return send(404, 'text/plain', 'nothing here')

    if (request.method === 'GET') {
      if (!isRedirect(address)) return send(200, 'text/html', page(words.handOver, { handOver: true }))
      const { status, said, shown } = await take(address)
      whenSent(shown)
      return send(status, 'text/html', page(said))
    }
    if (request.method !== 'POST' || request.headers.origin !== origin)
      return send(403, 'text/plain', 'not from our page')
    const body = await bodyOf(request)
    const redirect = body?.startsWith(href) ? URL.parse(body) : null
    if (!redirect) return send(400, 'application/json', JSON.stringify(words.stray))
    const { status, said, shown } = await take(redirect)
    whenSent(shown)
    send(status, 'application/json', JSON.stringify(said))
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
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

const wordsFor = (
  program: string,
): Readonly<Record<'handOver' | 'done' | 'denied' | 'failed' | 'stray', Words>> => ({
  handOver: { title: 'Almost there', text: 'Handing over what you brought.' },
  done: { title: 'You are signed in', text: `You can close this page and go back to ${program}.` },
  denied: {
    title: 'You said no',
    text: `Nothing was signed in. You can close this page and go back to ${program}.`,
  },
  failed: { title: 'That did not work', text: `You can close this page: ${program} says why.` },
  stray: {
    title: 'Not what is waited for',
    text: `This address is not of a sign-in that ${program} waits for, or was used before. You can close this page.`,
  },
})

function wordsOf(error: unknown, words: ReturnType<typeof wordsFor>): Words {
  const denied = (error as { readonly code?: unknown } | null)?.code === 'access_denied'
  return denied ? words.denied : words.failed
}
