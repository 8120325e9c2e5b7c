import type { Client } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { createFetch } from 'ofetch'

export const api = (client: Client, baseURL: string) =>
  createFetch({ fetch: authorizedFetch(client), defaults: { baseURL } })
