import type { HttpResponse, Transport } from '../ports/transport.ts'
import { own } from '../util/own.ts'
import { parseJson } from './json.ts'

/** A string, perhaps cut off, or a character that divides JSON. */
const TOKENS = /"(?:\\.|[^"\\])*(?:"|$)|[{}[\],]/g

/** Returns `transport` with `completeResponse` applied to each response. */
export function completing(transport: Transport): Transport {
  return { send: async (...given) => completeResponse(await transport.send(...given)) }
}

/**
 * Returns a token response that was cut off as one of the members that came whole, if an access token is one of them. Its
 * `token_type` may be among those that did not come. Any other response is returned unchanged.
 */
export function completeResponse(response: HttpResponse): HttpResponse {
  const { truncated, ...whole } = response
  if (!truncated || response.status >= 300) return response
  const members = parseJson(wholeMembers(response.body))
  if (!own(members, 'access_token')) return response
  return { ...whole, body: JSON.stringify({ token_type: 'Bearer', ...(members as object) }) }
}

/** Returns the beginning of a JSON object up to its last whole member, as an object. */
function wholeMembers(text: string): string {
  let depth = 0
  let end = 0
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (token === ',' && depth === 1) end = index
  }
  // The last member may be whole. A number may not: more digits may have followed.
  const all = `${text}}`
  return /["}\]]\s*$/.test(text) && parseJson(all) ? all : `${text.slice(0, end)}}`
}
