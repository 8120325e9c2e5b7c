import { endpoint, originOf, type Provider } from './provider.ts'
import { errorAt, nullMembers } from './token-response-quirks.ts'

/** What its API says of an access token that is expired, revoked or made up, trailing dot included. */
const REFUSED = 'The access token provided is invalid.'

/**
 * Imgur (https://apidocs.imgur.com), the default provider.
 *
 * It has no machine-readable error codes: what an error means is told by its English text alone, which stands
 * in one of several envelopes. The token flow's redirect does not always carry the `state` back, as Imgur's
 * own documentation shows. `baseUrl` points at an emulator.
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only).
 */
export function imgur({
  baseUrl = 'https://api.imgur.com',
}: { readonly baseUrl?: string | undefined } = {}): Provider {
  return {
    name: 'imgur',
    authorizationEndpoint: endpoint(baseUrl, '/oauth2/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/oauth2/token'),
    grants: ['authorization_code', 'implicit', 'pin', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    apiOrigins: [originOf(baseUrl)],
    refreshReuse: 'unknown',
    quirks: {
      tokenResponse: [
        nullMembers,
        errorAt(
          ['data', 'error', 'message'],
          ['data', 'error'],
          ['data'],
          ['errors', '0', 'detail'],
          ['message'],
          ['error'],
          ['error_description'],
        ),
      ],
      errorCodes: {
        'Invalid refresh token': 'invalid_grant',
        // This is what a wrong *code* is answered with.
        "Refresh token doesn't exist or is invalid for the client": 'invalid_grant',
        'Refresh token has expired': 'invalid_grant',
        'Invalid Pin': 'invalid_grant',
        'The authorization code has expired': 'invalid_grant',
        'The client credentials are invalid': 'misconfigured',
        'Client id was not found in the headers or body': 'misconfigured',
        'Client id does not exist': 'misconfigured',
        'No client id supplied': 'misconfigured',
        'Invalid client_id': 'misconfigured',
        'client_id and response_type are required': 'misconfigured',
        'The grant type is unauthorized for this client_id': 'misconfigured',
        'Invalid grant_type parameter or parameter missing': 'misconfigured',
        'Missing parameter. "code" is required': 'misconfigured',
        'No "refresh_token" parameter found': 'misconfigured',
        'The redirect URI provided is missing or does not match': 'misconfigured',
        'The redirect URI is missing or do not match': 'misconfigured',
        redirect_uri_mismatch: 'misconfigured',
        'No redirect URL was supplied or stored.': 'misconfigured',
      },
      stateUnreliable: ['implicit'],
      tokenRejected: [
        { status: 401 },
        { status: 403, bodyIncludes: REFUSED },
        { status: 429, bodyIncludes: REFUSED },
        // Since 2025 a dead token may be a 429 in other words as well. An upload is refused when less than the 10
        // credits that it costs are left.
        {
          status: 429,
          remaining: {
            'x-ratelimit-userremaining': 10,
            'x-ratelimit-clientremaining': 10,
            'x-ratelimit-requests-remaining': 1, // through the gateway
            'x-post-rate-limit-remaining': 1,
          },
        },
      ],
    },
  }
}
