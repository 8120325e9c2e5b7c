import { endpoint, instanceName, originOf } from './addresses.ts'
import type { Provider } from './provider.ts'
import { checkOptionNames } from '../util/check-type.ts'
import { errorAt, errorsMeaning, nullMembers } from './quirk-functions.ts'

const IMGUR = 'https://api.imgur.com'

/** The text of Imgur's API for an expired, revoked or invalid access token, with its final dot. */
const REJECTED = 'The access token provided is invalid.'

/**
 * Returns the description of Imgur (https://apidocs.imgur.com), the default provider.
 *
 * Imgur has no machine-readable error codes: only an English text, in one of several envelopes, identifies an error.
 * The redirect of the token flow does not always return the `state`, as Imgur's own documentation shows. Set `baseUrl`
 * to use an emulator, which is a server with a name of its own: `imgur.` and its address.
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only), or an option is unknown.
 */
export function imgur(options: { readonly baseUrl?: string | undefined } = {}): Provider {
  checkOptionNames('imgur()', options, ['baseUrl'])
  const { baseUrl = IMGUR } = options
  return {
    name: instanceName('imgur', baseUrl, IMGUR),
    authorizationEndpoint: endpoint(baseUrl, '/oauth2/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/oauth2/token'),
    grants: ['authorization_code', 'implicit', 'pin', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    api: {
      origins: [originOf(baseUrl)],
      headers: { 'X-Mashape-Key': '{mashape_key}' },
      anonymous: 'Client-ID {client_id}',
    },
    identity: 'account_id',
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
      errors: [
        ...errorsMeaning(
          'transient',
          'Imgur is temporarily over capacity. Please try again later.',
          'These actions are forbidden.', // a blocked address
          'You are too fast.',
        ),
        ...errorsMeaning(
          'reauth',
          'Invalid refresh token',
          // Imgur sends this for a wrong *code*.
          "Refresh token doesn't exist or is invalid for the client",
          'Refresh token has expired',
          'Invalid Pin',
          'The authorization code has expired',
        ),
        ...errorsMeaning(
          'misconfigured',
          'The client credentials are invalid',
          'Client id was not found in the headers or body',
          'Client id does not exist',
          'No client id supplied',
          'Invalid client_id',
          'client_id and response_type are required',
          'The grant type is unauthorized for this client_id',
          'Invalid grant_type parameter or parameter missing',
          'Missing parameter. "code" is required',
          'No "refresh_token" parameter found',
          'The redirect URI provided is missing or does not match',
          'The redirect URI is missing or do not match',
          'redirect_uri_mismatch',
          'No redirect URL was supplied or stored.',
        ),
      ],
      stateUnreliable: ['implicit'],
      tokenRejected: [
        { status: 401 },
        { status: 403, bodyIncludes: REJECTED },
        { status: 429, bodyIncludes: REJECTED },
        // Since 2025 an invalid token can also be a 429 with another text. An upload costs 10 credits, and is rejected
        // if fewer are left.
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
