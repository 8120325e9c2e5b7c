// The ways to sign in, each of which takes a client to its tokens.
import { type Client, deviceAuthorization, pushAuthorization, type Pending, type Tokens } from '@latchkey/core'
import { startReceiver } from '@latchkey/receivers/node'
import { ask, NoAnswerError } from '../ask.ts'
import { openPage } from '../open-page.ts'
import type { WayName } from './choose-way.ts'
import { paint, say, waitingFor } from '../terminal.ts'

type Way = (
  client: Client,
  options: { readonly signal: AbortSignal; readonly port: string },
) => Promise<Tokens>

/** What can be put right by typing it once more: the flow still waits. */
const TYPED_WRONG = ['redirect_invalid', 'state_mismatch', 'issuer_mismatch', 'invalid_grant', 'transient']

export const WAYS: Readonly<Record<WayName, Way>> = {
  async loopback(client, { signal, port }) {
    const registered = new URL(client.redirect_uri ?? 'http://127.0.0.1/callback')
    if (port) registered.port = port
    await using receiver = await startReceiver({ redirect_uri: registered.href, program: 'the terminal' })
    client.redirect_uri = receiver.redirect_uri
    const auth = await byCode(client)
    await sendTo(auth.url)
    return await waitingFor(
      'Waiting for your browser to come back (Ctrl+C ends it)',
      receiver.receive(auth, { signal }),
    )
  },

  async paste(client, { signal }) {
    const auth = await byCode(client)
    await sendTo(auth.url)
    say('Sign in there. Then copy the address that the browser ends up at, even if it shows an error.')
    return typed('Address', auth, signal)
  },

  async pin(client, { signal }) {
    const auth = client.Authorize.byPIN()
    await sendTo(auth.url)
    return typed('PIN', auth, signal)
  },

  async device(client, { signal }) {
    const device = await deviceAuthorization(client)
    say(
      `Open ${paint('bold', device.verification_uri)} on any device, and type ${paint('bold', device.user_code)}`,
    )
    return await waitingFor('Waiting for you there (Ctrl+C ends it)', device.authorize({ signal }))
  },
}

function byCode(client: Client): Promise<Pick<Pending<Promise<Tokens>>, 'url' | 'state' | 'authorize'>> {
  return client.provider.requirePushedAuthorizationRequests
    ? pushAuthorization(client)
    : Promise.resolve(client.Authorize.byCode())
}

async function sendTo(url: string): Promise<void> {
  const isOpen = await openPage(url)
  say(`${isOpen ? 'This page opens in your browser' : 'Open this page in a browser'}:\n  ${url}`)
}

/** Takes what the person types until it is right, or nothing more comes. */
async function typed(
  what: string,
  auth: Pick<Pending<Promise<Tokens>>, 'authorize'>,
  signal: AbortSignal,
): Promise<Tokens> {
  for (let wrong: unknown; ;)
    try {
      const answer = await ask(what, { signal })
      return await waitingFor('Asking the server', auth.authorize(answer))
    } catch (error) {
      if (error instanceof NoAnswerError) throw wrong ?? error
      if (!TYPED_WRONG.includes((error as { readonly code: string }).code)) throw error
      say(paint('red', (error as Error).message))
      wrong = error
    }
}
