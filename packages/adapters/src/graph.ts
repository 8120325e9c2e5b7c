// `@latchkey/adapters/graph`
import {
  type Context,
  type Middleware,
  RetryHandler,
  RetryHandlerOptions,
  TelemetryHandler,
} from '@microsoft/microsoft-graph-client'
import { authorizedFetch, type AuthorizedFetchOptions, type TokenSource } from '@latchkey/transport-fetch'

/**
 * Returns the middleware for `Client.initWithMiddleware({ middleware })` of `@microsoft/microsoft-graph-client`: Graph's own
 * retries (429, 503, 504) and telemetry, then `authorizedFetch`, which adds the token, refreshes a rejected one and follows
 * redirects.
 *
 * @throws {TypeError} as `authorizedFetch` does.
 */
export function graphMiddleware(client: TokenSource, options: AuthorizedFetchOptions = {}): Middleware[] {
  const fetch = authorizedFetch(client, options)
  return [
    new RetryHandler(new RetryHandlerOptions()),
    new TelemetryHandler(),
    {
      async execute(context: Context) {
        context.response = await fetch(context.request, context.options)
      },
    },
  ]
}
