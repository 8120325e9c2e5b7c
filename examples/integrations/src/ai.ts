import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { Client } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'

export const models = (client: Client, baseURL: string) =>
  createOpenAICompatible({ name: 'models', baseURL, fetch: authorizedFetch(client) })
