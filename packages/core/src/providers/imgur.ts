import { endpoint, originOf, type Provider } from '../provider.ts'

/**
 * Imgur (https://apidocs.imgur.com), the default provider.
 *
 * It has no machine-readable error codes: what an error means is told by its English text alone, which stands
 * in one of several envelopes. The token flow's redirect does not always carry the `state` back, as Imgur's
 * own documentation shows. `baseUrl` points at an emulator.
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only).
 */
export function imgur({ baseUrl = 'https://api.imgur.com' }: { readonly baseUrl?: string } = {}): Provider {
  return {
    name: 'imgur',
    authorizationEndpoint: endpoint(baseUrl, '/oauth2/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/oauth2/token'),
    grants: ['authorization_code', 'implicit', 'pin', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    apiOrigins: [originOf(baseUrl)],
    refreshReuse: 'unknown',
    quirks: {
      errorPaths: [
        ['data', 'error', 'message'],
        ['data', 'error'],
        ['data'],
        ['errors', '0', 'detail'],
        ['message'],
        ['error'],
        ['error_description'],
      ],
      errorCodes: {
        invalid_grant: [
          'Invalid refresh token',
          "Refresh token doesn't exist or is invalid for the client", // what a wrong *code* is answered with
          'Refresh token has expired',
          'Invalid Pin',
          'The authorization code has expired',
        ],
        misconfigured: [
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
        ],
      },
      stateUnreliable: ['implicit'],
      nullMembers: true,
    },
  }
}
