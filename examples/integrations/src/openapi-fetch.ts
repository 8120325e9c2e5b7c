import type { Client } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import createClient from 'openapi-fetch'

/** The paths of the API, as `openapi-typescript` writes them. */
export interface Paths {
  '/items': {
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never }
      requestBody: { content: { 'application/json': { index: number } } }
      responses: { 200: { headers: object; content: { 'application/json': object } } }
    }
  }
}

export const api = (client: Client, baseUrl: string) =>
  createClient<Paths>({ baseUrl, fetch: authorizedFetch(client) })
