/** What a successful token response is turned into. */
export interface Shaped {
  readonly status?: number
  readonly type?: string
  /** A string is sent as it is, anything else as JSON. */
  readonly body: unknown
}

/** The names of the unusual token responses. */
export type ShapeName =
  | 'expires-in-string'
  | 'expires-in-absent'
  | 'expires-in-null'
  | 'token-type-absent'
  | 'token-type-token'
  | 'status-201'
  | 'text-plain'
  | 'text-html'
  | 'form-encoded'
  | 'scope-array'
  | 'scope-null'
  | 'refresh-token-null'
  | 'wrapped'

type Members = Readonly<Record<string, unknown>>

/** How other providers spell the same tokens; each of these has broken published clients. */
export const TOKEN_SHAPES: Readonly<
  Record<ShapeName, { summary: string; shape: (tokens: Members) => Shaped }>
> = {
  'expires-in-string': {
    summary: 'expires_in is a string',
    shape: tokens => ({ body: { ...tokens, expires_in: String(tokens.expires_in) } }),
  },
  'expires-in-absent': {
    summary: 'there is no expires_in',
    shape: ({ expires_in: _, ...tokens }) => ({ body: tokens }),
  },
  'expires-in-null': {
    summary: 'expires_in is null',
    shape: tokens => ({ body: { ...tokens, expires_in: null } }),
  },
  'token-type-absent': {
    summary: 'there is no token_type',
    shape: ({ token_type: _, ...tokens }) => ({ body: tokens }),
  },
  'token-type-token': {
    summary: 'token_type is "token"',
    shape: tokens => ({ body: { ...tokens, token_type: 'token' } }),
  },
  'status-201': { summary: 'the status is 201', shape: body => ({ status: 201, body }) },
  'text-plain': { summary: 'the JSON is called text/plain', shape: body => ({ type: 'text/plain', body }) },
  'text-html': {
    summary: 'the JSON is called text/html',
    shape: body => ({ type: 'text/html; charset=utf-8', body }),
  },
  'form-encoded': {
    summary: 'the body is form-encoded',
    shape: tokens => ({ type: 'application/x-www-form-urlencoded', body: formEncoded(tokens) }),
  },
  'scope-array': {
    summary: 'scope is an array',
    shape: tokens => ({ body: { ...tokens, scope: ['read', 'write'] } }),
  },
  'scope-null': { summary: 'scope is null', shape: tokens => ({ body: { ...tokens, scope: null } }) },
  'refresh-token-null': {
    summary: 'refresh_token is null',
    shape: tokens => ({ body: { ...tokens, refresh_token: null } }),
  },
  wrapped: {
    summary: 'the tokens are wrapped in data',
    shape: data => ({ body: { data, success: true, status: 200 } }),
  },
}

function formEncoded(tokens: Members): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(tokens)) if (value !== null) form.set(name, String(value))
  return form.toString()
}
