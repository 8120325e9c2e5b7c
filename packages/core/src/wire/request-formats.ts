import { withQuery } from './authorization-url.ts'
import type { RequestFormat } from './client-request.ts'

/** Returns a POST request with a JSON body. */
export const jsonRequest: RequestFormat = (url, parameters, headers) => ({
  method: 'POST',
  url,
  headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
  body: JSON.stringify(parameters, (_, value: unknown) => value ?? undefined),
})

/** Returns a GET request with the parameters in its query. */
export const queryRequest: RequestFormat = (url, parameters, headers) => ({
  method: 'GET',
  url: withQuery(url, parameters),
  headers: { accept: 'application/json', ...headers },
})
