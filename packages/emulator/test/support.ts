import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { request as httpRequest } from 'node:http'
import { afterEach } from '@jest/globals'
import type { Emulator, EmulatorOptions, Person } from '../src/index.ts'
import { person, startEmulator } from '../src/index.ts'

const running: Emulator[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(emulator => emulator.close()))
})

/** Starts an emulator that is closed after the test. Its clock stands still unless the test moves it. */
export async function emulatorWith(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ now: () => Date.UTC(2026, 0, 1), ...options })
  running.push(emulator)
  return emulator
}

/** The URL of the authorize page for the emulator's first client. */
export function authorizeUrl({ url, client }: Emulator, parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams({ client_id: client.client_id, response_type: 'code', ...parameters })
  return `${url}/oauth2/authorize?${query}`
}

/** The emulator's first user in front of a browser. */
export function someone({ user }: Emulator): Person {
  return person({ username: user.account_username, password: user.password })
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  json: any // eslint-disable-line @typescript-eslint/no-explicit-any -- a test looks at whatever came
}

/** One request, its answer read whole; redirects are not followed. */
export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
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

/** Posts to the token endpoint as the first client; a parameter given as undefined is left out. */
export function postToken(
  { url, client }: Emulator,
  parameters: Record<string, string | undefined>,
  init: RequestInit = {},
): Promise<Answer> {
  const { client_id, client_secret } = client
  const all = Object.entries({ client_id, client_secret, ...parameters })
  const body = new URLSearchParams(all.filter((pair): pair is [string, string] => pair[1] !== undefined))
  return request(`${url}/oauth2/token`, { method: 'POST', body, ...init })
}

/** A code, fresh from the authorize page. */
export async function newCode(emulator: Emulator): Promise<string> {
  const redirect = await someone(emulator).allow(authorizeUrl(emulator))
  return new URL(redirect).searchParams.get('code')!
}

/** The tokens of a fresh sign-in. */
export async function signIn(emulator: Emulator): Promise<Record<string, string>> {
  const answer = await postToken(emulator, {
    grant_type: 'authorization_code',
    code: await newCode(emulator),
  })
  return answer.json
}

/** Refreshes as the first client. */
export function refresh(emulator: Emulator, refresh_token: string): Promise<Answer> {
  return postToken(emulator, { grant_type: 'refresh_token', refresh_token })
}

/** Calls the API with an Authorization header, or without one. */
export function callApi({ url }: Emulator, path: string, authorization?: string): Promise<Answer> {
  return request(`${url}${path}`, authorization === undefined ? {} : { headers: { authorization } })
}

/** Whether the API takes an access token. */
export async function isAlive(emulator: Emulator, access_token: string): Promise<boolean> {
  return (await callApi(emulator, '/3/account/me', `Bearer ${access_token}`)).status === 200
}

export interface RawAnswer {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: Buffer
  /** How the connection failed, if it did. */
  code: string | undefined
}

/** One request without any of fetch's help: headers as given, the body as it stood on the wire, and how it ended. */
export function rawRequest(url: string, options: RequestOptions = {}, body = ''): Promise<RawAnswer> {
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

/** A refresh with the documented refresh token over {@link rawRequest}. */
export function rawRefresh({ url, client }: Emulator): Promise<RawAnswer> {
  const { client_id, client_secret } = client
  const parameters = { client_id, client_secret, grant_type: 'refresh_token', refresh_token: REFRESH_TOKEN }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return rawRequest(
    `${url}/oauth2/token`,
    { method: 'POST', headers },
    String(new URLSearchParams(parameters)),
  )
}

/** The refresh token of the documentation, which every default emulator knows. */
export const REFRESH_TOKEN = '94294ec17cf55ac9650f0e040649d8985cf624d4'
