import { encodeForm, type Parameters } from './form.ts'

/** Returns the URL to send the user to (RFC 6749 sections 4.1.1 and 4.2.1). Parameters keep their order. */
export function authorizationUrl(endpoint: string, parameters: Parameters): string {
  return endpoint + (endpoint.includes('?') ? '&' : '?') + encodeForm(parameters)
}
