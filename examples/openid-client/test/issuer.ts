// An authorization server for the example. Every user is signed in and allows everything.
import { CLIENTS, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'

const { url, provider } = await startOidcProvider({ ttl: { AccessToken: 20 } })
provider.on('grant.success', ({ oidc }) => console.log('granted:', oidc.params!['grant_type']))
console.log(`export ISSUER=${url} CLIENT_ID=${CLIENTS.public.client_id}`)
