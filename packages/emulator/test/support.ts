import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { request as httpRequest } from 'node:http'
import { afterEach } from '@jest/globals'
import type { Emulator, EmulatorOptions, SimulatedUser } from '../src/index.ts'
import { simulateUser, startEmulator } from '../src/index.ts'

const running: Emulator[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(emulator => emulator.close()))
})

/** Starts an emulator that is closed after the test. Only the test moves its clock. */
export async function emulatorWith(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ now: () => Date.UTC(2026, 0, 1), ...options })
  running.push(emulator)
  return emulator
}

/** Returns the URL of the authorize page for the emulator's first client. */
export function authorizeUrl({ url, client }: Emulator, parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams({ client_id: client.client_id, response_type: 'code', ...parameters })
  return `${url}/oauth2/authorize?${query}`
}

/** Simulates the emulator's first user. */
export function userOf({ user }: Emulator): SimulatedUser {
  return simulateUser({ username: user.account_username, password: user.password })
}

export interface TestResponse {
  status: number
  headers: Headers
  text: string
  json: any // eslint-disable-line @typescript-eslint/no-explicit-any -- tests read arbitrary bodies
}

/** Sends one request and reads the whole response. Does not follow redirects. */
export async function request(url: string, init: RequestInit = {}): Promise<TestResponse> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  }
}

/** Posts to the token endpoint as the first client, without parameters that are `undefined`. */
export function postToken(
  { url, client }: Emulator,
  parameters: Record<string, string | undefined>,
  init: RequestInit = {},
): Promise<TestResponse> {
  const { client_id, client_secret } = client
  const all = Object.entries({ client_id, client_secret, ...parameters })
  const body = new URLSearchParams(all.filter((pair): pair is [string, string] => pair[1] !== undefined))
  return request(`${url}/oauth2/token`, { method: 'POST', body, ...init })
}

/** Returns a new code from the authorize page. */
export async function newCode(emulator: Emulator): Promise<string> {
  const redirect = await userOf(emulator).allow(authorizeUrl(emulator))
  return new URL(redirect).searchParams.get('code')!
}

/** Returns the tokens of a new sign-in. */
export async function signIn(emulator: Emulator): Promise<Record<string, string>> {
  const response = await postToken(emulator, {
    grant_type: 'authorization_code',
    code: await newCode(emulator),
  })
  return response.json
}

/** Refreshes as the first client. */
export function refresh(emulator: Emulator, refresh_token: string): Promise<TestResponse> {
  return postToken(emulator, { grant_type: 'refresh_token', refresh_token })
}

/** Calls the API with an Authorization header, or without one. */
export function callApi({ url }: Emulator, path: string, authorization?: string): Promise<TestResponse> {
  return request(`${url}${path}`, authorization === undefined ? {} : { headers: { authorization } })
}

/** Returns whether the API accepts an access token. */
export async function isAccepted(emulator: Emulator, access_token: string): Promise<boolean> {
  return (await callApi(emulator, '/3/account/me', `Bearer ${access_token}`)).status === 200
}

export interface RawResponse {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: Buffer
  /** The error code of the connection, if it failed. */
  code: string | undefined
}

/** Sends one request without fetch: exact headers, the raw body, and the error code. */
export function rawRequest(url: string, options: RequestOptions = {}, body = ''): Promise<RawResponse> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let response: IncomingMessage | undefined
    const finish = (error?: NodeJS.ErrnoException) =>
      resolve({
        status: response?.statusCode,
        headers: response?.headers ?? {},
        body: Buffer.concat(chunks),
        code: error?.code,
      })
    const sent = httpRequest(url, { ...options, agent: false }, incoming => {
      response = incoming
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => finish())
      incoming.on('error', finish)
    })
    sent.on('error', finish)
    sent.end(body)
  })
}

/** Refreshes with the documented refresh token and {@link rawRequest}. */
export function rawRefresh({ url, client }: Emulator): Promise<RawResponse> {
  const { client_id, client_secret } = client
  const parameters = { client_id, client_secret, grant_type: 'refresh_token', refresh_token: REFRESH_TOKEN }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return rawRequest(
    `${url}/oauth2/token`,
    { method: 'POST', headers },
    String(new URLSearchParams(parameters)),
  )
}

/** The documented refresh token, which every default emulator accepts. */
export const REFRESH_TOKEN = '94294ec17cf55ac9650f0e040649d8985cf624d4'
