import type { Exchange } from '../world.ts'

/** The parameters of a token request: only those that were sent with a value, whatever the encoding of the body. */
export type TokenParameters = ReadonlyMap<string, string>

/** Client credentials as they came with a request; either may be missing. */
export interface Credentials {
  readonly client_id: string | undefined
  readonly client_secret: string | undefined
}

/**
 * Reads the body of a token request in any of the encodings that were seen to work with Imgur: urlencoded,
 * multipart and JSON. A body that is none of these has no parameters.
 */
export async function readTokenRequest(c: Exchange): Promise<TokenParameters> {
  const isJson = c.req.header('content-type')?.includes('json')
  const body: unknown = await (isJson ? c.req.json() : c.req.parseBody()).catch(() => undefined)
  const members = Object.entries(Object(body) as object)
  return new Map(
    members
      .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
      .map(([name, value]): [string, string] => [name, String(value)])
      .filter(([, value]) => value !== ''),
  )
}

/**
 * Takes the client's credentials from HTTP Basic (RFC 6749 section 2.3.1; inferred for Imgur), else from the
 * body, with the id also from `Authorization: Client-ID`.
 */
export function readCredentials(parameters: TokenParameters, authorization: string | undefined): Credentials {
  const [, scheme, value] = /^(\S+) +(\S+)$/.exec(authorization ?? '') ?? []
  if (scheme?.toLowerCase() === 'basic' && value) {
    const [client_id, ...secret] = Buffer.from(value, 'base64').toString().split(':')
    return { client_id: client_id || undefined, client_secret: secret.join(':') || undefined }
  }
  const inHeader = scheme?.toLowerCase() === 'client-id' ? value : undefined
  return {
    client_id: parameters.get('client_id') ?? inHeader,
    client_secret: parameters.get('client_secret'),
  }
}
