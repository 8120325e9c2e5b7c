// A provider as one request of a grant needs it.
import type { Clock } from '../ports/clock.ts'
import type { ClientAuthentication, ErrorMeaning, Provider } from '../provider/provider.ts'
import type { ServerClock } from '../signing/assertion.ts'

/** A clock that is off by more, in s, may be why a server rejected a JWT: some allow for no difference. */
const MAX_SKEW_S = 2

/** Returns how the client authenticates at a provider, as a function. */
export function authenticationOf({
  clientAuthentication: method,
  authenticate,
}: Provider): ClientAuthentication {
  if (typeof method !== 'function')
    return ({ credentials: { client_id, client_secret } }) => ({
      parameters: { client_id, client_secret: method === 'none' ? null : client_secret },
    })
  const { received } = method
  return Object.assign(
    (request: Parameters<ClientAuthentication>[0]) => authenticate?.(method, request) ?? method(request),
    received && { received },
  )
}

/**
 * Returns `provider`, whose responses set `time`. If one shows that the clock was wrong, its error is transient: the next
 * JWT has the right time.
 */
export function withServerTime(
  provider: Provider,
  time: ServerClock,
  { clock }: { readonly clock: Clock },
): Provider {
  const { quirks } = provider
  const errors: ErrorMeaning[] = [...(quirks?.errors ?? [])]
  const authenticate = authenticationOf(provider)
  const { received: others } = authenticate
  const received: ClientAuthentication['received'] = (response, nowMs) => {
    const beforeS = time.nowS({ clock })
    time.received(response, nowMs)
    others?.(response, nowMs)
    if (Math.abs(time.nowS({ clock }) - beforeS) > MAX_SKEW_S && [400, 401].includes(response.status))
      errors.unshift({ status: response.status, means: 'transient' })
  }
  return {
    ...provider,
    clientAuthentication: Object.assign(
      (request: Parameters<ClientAuthentication>[0]) => authenticate(request),
      { received },
    ),
    authenticate: undefined,
    quirks: { ...quirks, errors },
  }
}

/** Returns `provider`, at which the client does not authenticate, and sends no `client_id`: the grant identifies it. */
export function withoutClient(provider: Provider): Provider {
  return { ...provider, clientAuthentication: () => ({}), authenticate: undefined }
}
