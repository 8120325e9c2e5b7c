// OpenID Connect Core 3.1.2.6: the server wants the user.
import { expect } from '@jest/globals'
import { isSignInRequired } from '@latchkey/core'
import { clientOf, EXPIRED, field, neighbour, startServer } from './support.ts'

const server = await startServer()
const WORDS = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required']

for (const error of WORDS) {
  field('OpenID Connect', `${error} at a refresh is reauth, without doubt`, async () => {
    server.respond('/token', { status: 400, body: { error } })
    const client = clientOf(server)
    await client.import(EXPIRED)
    const caught = await client.accessToken().catch((failure: unknown) => failure)
    expect(caught).toMatchObject({ code: 'reauth_required', kind: 'reauth', inDoubt: false })
    expect(isSignInRequired(caught)).toBe(true)
    expect(await client.status()).toMatchObject({ status: 'reauth' })
  })

  field('OpenID Connect', `${error} in a redirect is an error of its own, which ends the flow`, async () => {
    const client = clientOf(server)
    const pending = client.Authorize.byCode()
    const redirect = `https://app.example/callback?error=${error}&state=${pending.state}`
    const caught = await pending.authorize(redirect).catch((failure: unknown) => failure)
    expect(caught).toMatchObject({ name: 'InteractionRequiredError', kind: 'reauth', stillWaits: false })
    expect(isSignInRequired(caught)).toBe(true)
  })
}

neighbour(
  'temporarily_unavailable in a redirect is transient, an unknown word is unrecognized, and the flow waits',
  async () => {
    const client = clientOf(server)
    const pending = client.Authorize.byCode()
    for (const [error, kind] of [
      ['temporarily_unavailable', 'transient'],
      ['because', 'unrecognized'],
    ])
      await expect(
        pending.authorize(`/callback?error=${error}&state=${pending.state}`),
      ).rejects.toMatchObject({
        kind,
        stillWaits: true,
      })
  },
)
