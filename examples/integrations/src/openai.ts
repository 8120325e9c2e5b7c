import type { Client } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import OpenAI from 'openai'

// The header is removed, because a request that brings its own is left alone.
export const openai = (client: Client, baseURL: string): OpenAI =>
  new OpenAI({
    apiKey: 'unused',
    baseURL,
    defaultHeaders: { authorization: null },
    fetch: authorizedFetch(client),
  })
