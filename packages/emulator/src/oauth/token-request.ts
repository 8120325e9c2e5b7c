import { readForm } from '../form.ts'
import type { HonoContext } from '../server-context.ts'

/** The non-empty parameters of a token request, independent of the encoding of the body. */
export type TokenParameters = ReadonlyMap<string, string>

/** A token request (RFC 6749 section 3.2). The client's credentials may be missing. */
export interface TokenRequest {
  readonly parameters: TokenParameters
  readonly client_id: string | undefined
  readonly client_secret: string | undefined
}

/** Reads a token request. The client's credentials come from HTTP Basic, else from the body. */
export async function readTokenRequest(c: HonoContext): Promise<TokenRequest> {
  const parameters = await readParameters(c)
  return { parameters, ...readCredentials(parameters, c.req.header('authorization')) }
}

/**
 * Reads a body in the encodings that work with Imgur: urlencoded, multipart and JSON. Any other body has no
 * parameters.
 */
async function readParameters(c: HonoContext): Promise<TokenParameters> {
  const isJson = c.req.header('content-type')?.includes('json')
  const body: unknown = await (isJson ? c.req.json().catch(() => undefined) : readForm(c))
  const members = Object.entries(Object(body) as object)
  return new Map(
    members
      .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
      .map(([name, value]): [string, string] => [name, String(value)])
      .filter(([, value]) => value !== ''),
  )
}

/** Basic is inferred for Imgur. `Authorization: Client-ID` in addition to the body was observed. */
function readCredentials(
  parameters: TokenParameters,
  authorization: string | undefined,
): Pick<TokenRequest, 'client_id' | 'client_secret'> {
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
