import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { listen, type Listening } from './listen.ts'

/** A server in front of another one that requires a proof of possession (RFC 9449) and forgets each nonce at once. */
export interface DpopGate extends Listening {
  /** How often it asked for a nonce. */
  readonly demands: number
  /** The thumbprints of the keys of all accepted proofs. */
  readonly keys: ReadonlySet<string>
}

/** Starts a gate in front of the authorization server and API at `target`. Refresh tokens are bound to their key. */
export async function startDpopGate(target: string): Promise<DpopGate> {
  let nonce = ''
  let demands = 0
  const keys = new Set<string>()
  const bindings = new Map<string, string>()
  const used = new Set<unknown>()

  const listening = await listen(url => (request, response) => {
    handle(url, request, response).catch((error: Error) => response.writeHead(500).end(error.stack))
  })

  async function handle(url: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request
    const headers: Record<string, string> = {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '*, authorization',
      'access-control-expose-headers': '*',
    }
    if (method === 'OPTIONS') return void response.writeHead(204, headers).end()
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const isToken = path.startsWith('/oauth2/token')
    const [, access_token] = /^DPoP (.+)$/.exec(request.headers.authorization ?? '') ?? []
    const answer = (status: number, error: string): void => {
      const challenge = isToken ? {} : { 'www-authenticate': `DPoP error="${error}"` }
      const type = { 'content-type': 'application/json' }
      response.writeHead(status, { ...headers, ...challenge, ...type }).end(JSON.stringify({ error }))
    }
    let jkt = ''
    if (isToken || access_token !== undefined) {
      const old = nonce
      headers['dpop-nonce'] = nonce = randomUUID()
      const proof = request.headers['dpop']
      if (typeof proof !== 'string') return answer(isToken ? 400 : 401, 'invalid_dpop_proof')
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' })
      const isValid =
        payload['htm'] === method &&
        payload['htu'] === url + path.replace(/\?.*/s, '') &&
        payload['ath'] === (access_token && createHash('sha256').update(access_token).digest('base64url')) &&
        !used.has(payload.jti)
      used.add(payload.jti)
      if (!isValid) return answer(isToken ? 400 : 401, 'invalid_dpop_proof')
      if (payload['nonce'] !== old || old === '') {
        demands++
        return answer(isToken ? 400 : 401, 'use_dpop_nonce')
      }
      jkt = await calculateJwkThumbprint(protectedHeader.jwk!)
      keys.add(jkt)
      const bound = access_token ?? new URLSearchParams(body).get('refresh_token') ?? ''
      if ((bindings.get(bound) ?? jkt) !== jkt) return answer(isToken ? 400 : 401, 'invalid_dpop_proof')
    }
    const { host: _, dpop: __, 'content-length': ___, connection: ____, ...rest } = request.headers
    const sent = await fetch(target + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(rest as Record<string, string>),
        ...(access_token !== undefined && { authorization: `Bearer ${access_token}` }),
      },
      ...(method !== 'GET' && { body }),
    })
    const text = await sent.text()
    const passed = [...sent.headers].filter(
      ([name]) => !/^(content-(length|encoding)|transfer-encoding|connection|access-control-.*)$/.test(name),
    )
    let answered = text
    if (isToken && sent.ok) {
      const tokens = JSON.parse(text) as Record<string, unknown>
      for (const name of ['access_token', 'refresh_token']) bindings.set(String(tokens[name]), jkt)
      answered = JSON.stringify({ ...tokens, token_type: 'DPoP' })
    }
    response.writeHead(sent.status, { ...Object.fromEntries(passed), ...headers }).end(answered)
  }

  return {
    ...listening,
    keys,
    get demands() {
      return demands
    },
  }
}
