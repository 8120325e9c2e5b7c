// The page of a site that a browser may prerender, at each of its paths.
import { Client, defineProvider } from '@latchkey/core'
import '@latchkey/transport-fetch/register'
import { finishSignIn, signInByRedirect } from '../../src/browser/index.ts'

const client = new Client({
  client_id: 'id',
  redirect_uri: `${location.origin}/callback`,
  provider: defineProvider({
    name: 'as',
    authorizationEndpoint: `${location.origin}/as`,
    tokenEndpoint: `${location.origin}/token`,
    clientAuthentication: 'none',
  }),
})
const report = async (text: string): Promise<void> =>
  void (await fetch(
    `/report?${text}, prerendering: ${(document as { prerendering?: boolean }).prerendering}`,
  ))

if (location.pathname === '/') signInByRedirect(client.Authorize.byCode())

// The authorization server, of the same origin: browsers prerender no other.
if (location.pathname === '/as') {
  const callback = `/callback?code=c0de&state=${new URLSearchParams(location.search).get('state')}`
  const rules = document.createElement('script')
  rules.type = 'speculationrules'
  rules.textContent = JSON.stringify({ prerender: [{ urls: [callback], eagerness: 'immediate' }] })
  document.head.append(rules)
  await fetch('/prerendered') // responds once the callback reports
  location.assign(callback)
}

if (location.pathname === '/callback') {
  const finished = finishSignIn(client)
  // Several round trips, in which a code would be used.
  for (let n = 0; n < 5; n++) await fetch('/report?waiting')
  await report(`loaded at ${location.pathname}${location.search}`)
  const { access_token } = (await finished)!.tokens
  await report(`signed in with ${access_token} at ${location.pathname}${location.search}`)
}
