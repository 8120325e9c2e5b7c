// The methods to sign in. Each obtains tokens for a client.
import { text } from 'node:stream/consumers'
import {
  type Client,
  deviceAuthorization,
  pushAuthorization,
  type Pending,
  type Tokens,
} from '@latchkey/core'
import { startReceiver } from '@latchkey/receivers/node'
import { prompt, NoAnswerError } from '../prompt.ts'
import { openPage } from '../open-page.ts'
import type { SignInMethod } from './choose-method.ts'
import { UsageError } from '../usage-error.ts'
import { inUserWords } from '../user-words.ts'
import { paint, printLine, showProgress } from '../terminal.ts'

type SignIn = (
  client: Client,
  options: { readonly signal: AbortSignal; readonly port: string; readonly request?: OwnRequest },
) => Promise<Tokens>

/** What one authorization request has of its own. */
type OwnRequest = Parameters<Client['Authorize']['byCode']>[0]

/** Where a browser on this machine is redirected, at any port, unless the client has a `redirect_uri`. */
export const LOOPBACK_URI = 'http://127.0.0.1/callback'

/** Codes of errors after which the user can enter the value again: the flow still waits. */
const RETRYABLE = ['redirect_invalid', 'state_mismatch', 'issuer_mismatch', 'invalid_grant', 'transient']

export const SIGN_IN_METHODS: Readonly<Record<SignInMethod, SignIn>> = {
  async loopback(client, { signal, port, request }) {
    const registered = new URL(client.redirect_uri ?? LOOPBACK_URI)
    if (port) registered.port = port
    await using receiver = await startReceiver({
      redirect_uri: registered.href,
      program: 'the terminal',
      onStrayError(message) {
        printLine('', inUserWords(message)) // below the progress line
      },
    })
    client.redirect_uri = receiver.redirect_uri
    const auth = await byCode(client, request)
    using _ = await showPage(auth.url)
    return await showProgress(
      'Waiting for your browser to be redirected (Ctrl+C to cancel)',
      receiver.receive(auth, { signal }),
    )
  },

  async paste(client, { signal, request }) {
    const auth = await byCode(client, request)
    using _ = await showPage(auth.url)
    printLine(
      'Sign in there. Then copy the URL that the browser is redirected to, even if it shows an error.',
    )
    return await authorizeByInput('URL', auth, signal)
  },

  async pin(client, { signal }) {
    const auth = client.Authorize.byPIN()
    using _ = await showPage(auth.url)
    return await authorizeByInput('PIN', auth, signal)
  },

  /** Reads the tokens from the input: as JSON, or an access token alone. */
  async withToken(client) {
    if (process.stdin.isTTY) printLine('Paste the tokens. Then press Enter and Ctrl+D.')
    const input = (await text(process.stdin)).trim()
    if (input === '') throw new NoAnswerError('the input has no token')
    try {
      await client.import(input.startsWith('{') ? (JSON.parse(input) as Tokens) : { access_token: input })
    } catch (error) {
      if (error instanceof SyntaxError) throw new UsageError('the input is not JSON')
      throw error instanceof TypeError ? new UsageError(error.message) : error
    }
    return (await client.tokens())!
  },

  async device(client, { signal }) {
    const device = await deviceAuthorization(client)
    printLine([
      'Open ',
      paint('bold', device.verification_uri),
      ' on any device, and type ',
      paint('bold', device.user_code),
    ])
    if (device.verification_uri_complete !== undefined)
      printLine(`The code is already in this address: ${device.verification_uri_complete}`)
    return await showProgress(
      'Waiting for you to sign in there (Ctrl+C to cancel)',
      device.authorize({ signal }),
    )
  },
}

function byCode(
  client: Client,
  request: OwnRequest,
): Promise<Pick<Pending<Promise<Tokens>>, 'url' | 'state' | 'authorize'>> {
  return client.provider.requirePushedAuthorizationRequests
    ? pushAuthorization(client, request)
    : Promise.resolve(client.Authorize.byCode(request))
}

/** Opens a page, and shows its address. Dispose of the result when the browser has the page. */
async function showPage(url: string): Promise<Disposable> {
  const page = await openPage(url, reason => {
    const words = `The browser did not start (${reason}). Open this page yourself:`
    printLine('', words, `  ${url}`) // below the progress line or the prompt
  })
  printLine(page.isOpen ? 'This page opens in your browser:' : 'Open this page in a browser:', `  ${url}`)
  return page
}

/** Prompts until the input is accepted or ends. */
async function authorizeByInput(
  what: string,
  auth: Pick<Pending<Promise<Tokens>>, 'authorize'>,
  signal: AbortSignal,
): Promise<Tokens> {
  for (let lastError: unknown; ;)
    try {
      const input = await prompt(what, { signal })
      return await showProgress('Sending it to the server', auth.authorize(input))
    } catch (error) {
      if (error instanceof NoAnswerError) throw lastError ?? error
      if (!RETRYABLE.includes((error as { readonly code: string }).code)) throw error
      printLine([paint('red', inUserWords((error as Error).message))])
      lastError = error
    }
}

/** Returns the port of `--port`; none without it. */
export function portOf(port: unknown): string {
  if (port === undefined) return ''
  if (!/^\d{1,5}$/.test(String(port)) || Number(port) > 65_535 || Number(port) === 0)
    throw new UsageError('--port must be a whole number from 1 to 65535')
  return String(port)
}
