import type { Client } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { Client as GraphQLClient, fetchExchange } from '@urql/core'

export const graphql = (client: Client, url: string): GraphQLClient =>
  new GraphQLClient({
    url,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    fetch: authorizedFetch(client),
  })
