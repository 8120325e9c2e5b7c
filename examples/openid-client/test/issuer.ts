// An authorization server to try the example with: everybody is signed in there and says yes.
import { CLIENTS, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'

const { url, provider } = await startOidcProvider({ ttl: { AccessToken: 20 } })
provider.on('grant.success', ({ oidc }) => console.log('granted:', oidc.params!['grant_type']))
console.log(`export ISSUER=${url} CLIENT_ID=${CLIENTS.public.client_id}`)
