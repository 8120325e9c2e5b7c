import { errorEnvelope } from '../envelope.ts'

/** A canned error response, recorded from Imgur or known from other providers. */
export interface CannedResponse {
  /** The HTTP status. */
  readonly status: number
  /** In addition to the server's own. */
  readonly headers?: Readonly<Record<string, string>>
  /** A string is sent unchanged, anything else as JSON as Imgur's server encodes it. */
  readonly body: (request: { path: string; method: string }) => unknown
  /** What it is, in a few words. */
  readonly summary: string
}

/** The names of the canned responses. */
export type ResponseName =
  | 'over-capacity-500'
  | 'over-capacity-403'
  | 'forbidden-400'
  | 'errors-array-429'
  | 'error-object-400'
  | 'error-object-429'
  | 'error-object-500'
  | 'daily-limit-429'
  | 'html-503'
  | 'html-504'
  | 'html-502'
  | 'html-1024'
  | 'html-200'
  | 'xml'
  | 'empty'
  | 'body-status-1203'
  | 'data-string'
  | 'data-false'
  | 'gateway-message'
  | 'error-in-200'
  | 'error-in-object'

const OVER_CAPACITY = 'Imgur is temporarily over capacity. Please try again later.'

const HTML = { 'Content-Type': 'text/html; charset=utf-8' }

const html = (title: string, text = title): string =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${text}</h1></body></html>\n`

const errorObject = (code: number, message: string) => ({
  code,
  message,
  type: 'ImgurException',
  exception: [],
})

/** Item 28: every error body recorded from Imgur, and two of other providers that clients mishandle. */
export const RESPONSES: Readonly<Record<ResponseName, CannedResponse>> = {
  'over-capacity-500': {
    status: 500,
    body: () => ({ data: { error: OVER_CAPACITY }, success: false, status: 500 }),
    summary: 'over capacity, as JSON',
  },
  'over-capacity-403': {
    status: 403,
    body: () => ({ data: { error: OVER_CAPACITY }, success: false, status: 403 }),
    summary: 'over capacity with status 403, although the token is valid',
  },
  'forbidden-400': {
    status: 400,
    body: () => ({ data: { error: 'These actions are forbidden.' }, success: false, status: 400 }),
    summary: 'the address is blocked',
  },
  'errors-array-429': {
    status: 429,
    headers: {
      'X-RateLimit-ClientRemaining': '0',
      'X-RateLimit-UserRemaining': '499',
      'X-RateLimit-UserLimit': '500',
    },
    body: () => ({
      errors: [
        {
          id: 'legacy-api-emulator',
          code: '429',
          status: 'Too Many Requests',
          detail: 'Too Many Requests',
        },
      ],
    }),
    summary: 'a rate limit as an array of errors with a string code, without data',
  },
  'error-object-400': {
    status: 400,
    body: ({ path, method }) => ({
      data: { error: errorObject(429, 'You are uploading too fast.'), request: path, method },
      success: false,
      status: 400,
    }),
    summary: 'a rate limit with status 400 and code 429 in an error object',
  },
  'error-object-429': {
    status: 429,
    body: ({ path, method }) => ({
      data: { error: errorObject(429, 'You are uploading too fast.'), request: path, method },
      success: false,
      status: 400,
    }),
    summary: 'the same with status 429, and status 400 in the body',
  },
  'error-object-500': {
    status: 500,
    body: ({ path, method }) => ({
      data: { error: { code: 500 }, request: path, method },
      success: false,
      status: 500,
    }),
    summary: 'an error object without a message',
  },
  'daily-limit-429': {
    status: 429,
    body: ({ path, method }) => errorEnvelope('Daily client requests exceeded', path, method, 429),
    summary: 'the client has no credits left',
  },
  'html-503': {
    status: 503,
    headers: HTML,
    body: () => html('503 first byte timeout', 'Error 503 first byte timeout'),
    summary: 'the error page of a cache in front of the server',
  },
  'html-504': {
    status: 504,
    headers: HTML,
    body: () => html('504 Gateway Timeout', 'Varnish cache error'),
    summary: 'the same as a gateway timeout',
  },
  'html-502': {
    status: 502,
    headers: HTML,
    body: () => html('502 Bad Gateway'),
    summary: 'the error page of a proxy',
  },
  'html-1024': {
    status: 500,
    headers: HTML,
    body: () => html('Error (1024)', 'Error (1024) Sorry! There was an error (code: 1024)'),
    summary: "Imgur's error page since 2025 (its status was not recorded)",
  },
  'html-200': {
    status: 200,
    headers: HTML,
    body: () => html('Imgur: the magic of the Internet'),
    summary: 'an HTML page with status 200 instead of JSON',
  },
  xml: {
    status: 500,
    headers: { 'Content-Type': 'text/xml; charset=utf-8' },
    body: () => '\r\n <xml><error>An error occurred</error></xml>',
    summary: 'XML after white space',
  },
  empty: {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: () => '',
    summary: 'an empty body with status 200',
  },
  'body-status-1203': {
    status: 400,
    body: ({ path, method }) => errorEnvelope('An error occurred', path, method, 1203),
    summary: 'a status in the body that is not an HTTP status',
  },
  'data-string': {
    status: 500,
    body: () => ({ data: 'An error occurred', success: false, status: 500 }),
    summary: 'data is a string',
  },
  'data-false': {
    status: 400,
    body: () => ({ data: false, success: false, status: 400 }),
    summary: 'data is false',
  },
  'gateway-message': {
    status: 401,
    body: () => ({ message: 'Invalid Mashape key' }),
    summary: 'the error of an API gateway',
  },
  'error-in-200': {
    status: 200,
    body: () => ({
      error: 'bad_refresh_token',
      error_description: 'The refresh token passed is incorrect or expired.',
    }),
    summary: 'an error with status 200, as GitHub sends it',
  },
  'error-in-object': {
    status: 400,
    body: () => ({ error: { message: 'Error validating access token', type: 'OAuthException', code: 190 } }),
    summary: 'an error as an object, as Facebook sends it',
  },
}
