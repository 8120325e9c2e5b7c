/** The changed members of a successful token response. */
export interface ShapedResponse {
  readonly status?: number
  readonly type?: string
  /** A string is sent unchanged, anything else as JSON. */
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

/** Token responses in the style of other providers. Each of them has broken published clients. */
export const TOKEN_SHAPES: Readonly<
  Record<ShapeName, { summary: string; shape: (tokens: Members) => ShapedResponse }>
> = {
  'expires-in-string': {
    summary: 'expires_in is a string',
    shape: tokens => ({ body: { ...tokens, expires_in: String(tokens.expires_in) } }),
  },
  'expires-in-absent': {
    summary: 'expires_in is absent',
    shape: ({ expires_in: _, ...tokens }) => ({ body: tokens }),
  },
  'expires-in-null': {
    summary: 'expires_in is null',
    shape: tokens => ({ body: { ...tokens, expires_in: null } }),
  },
  'token-type-absent': {
    summary: 'token_type is absent',
    shape: ({ token_type: _, ...tokens }) => ({ body: tokens }),
  },
  'token-type-token': {
    summary: 'token_type is "token"',
    shape: tokens => ({ body: { ...tokens, token_type: 'token' } }),
  },
  'status-201': { summary: 'the status is 201', shape: body => ({ status: 201, body }) },
  'text-plain': { summary: 'the content type is text/plain', shape: body => ({ type: 'text/plain', body }) },
  'text-html': {
    summary: 'the content type is text/html',
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
