import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'
import type { Client } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'

export const graphql = (client: Client, uri: string): ApolloClient =>
  new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri, fetch: authorizedFetch(client) }),
  })
