// Measures a program that obtains tokens by code and refreshes them once, bundled and minified, and the same program with
// the smallest other client: `npm run size`.
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const resolveDir = new URL('.', import.meta.url).pathname

/** Returns the program with the flow functions; `provider` is an expression. */
const overFlows = (provider: string): string => `
    import { imgur } from '@latchkey/core'
import { authorizationCode, drive, refreshToken } from '@latchkey/core/flows'
    export async function main(transport, credentials, state, redirect) {
      const provider = ${provider}
      const ports = { transport, provider, clock: { nowMs: Date.now } }
      const code = authorizationCode(provider)
      const { state: waiting } = code.start({ client_id: credentials.client_id, state })
      open(waiting.url)
      const { tokens } = await drive(code, code.step(waiting, { type: 'returned', input: redirect, credentials }), ports)
      const refresh = refreshToken(provider)
      return drive(refresh, refresh.start({ refresh_token: tokens.refresh_token, credentials }), ports)
    }`

const PROGRAMS = {
  'flow functions': overFlows(`{
        name: 'imgur',
        authorizationEndpoint: 'https://api.imgur.com/oauth2/authorize',
        tokenEndpoint: 'https://api.imgur.com/oauth2/token',
        grants: ['authorization_code', 'refresh_token'],
        clientAuthentication: 'client_secret_post',
      }`),
  'flow functions, imgur()': overFlows('imgur()'),
  Client: `
    import { Client } from '@latchkey/core'
    export async function main(transport, credentials, state, redirect) {
      const client = new Client({ ...credentials, transport })
      const auth = client.Authorize.byCode(state)
      open(auth.url)
      await auth.authorize(redirect)
      return client.Authorize.regenerateFromRefreshToken()
    }`,
  '@badgateway/oauth2-client': `
    import { OAuth2Client } from '@badgateway/oauth2-client'
    export async function main(fetch, { client_id, client_secret }, state, redirect) {
      const client = new OAuth2Client({
        server: 'https://api.imgur.com',
        clientId: client_id,
        clientSecret: client_secret,
        authorizationEndpoint: '/oauth2/authorize',
        tokenEndpoint: '/oauth2/token',
        fetch,
      })
      const redirectUri = 'https://imgur.com/'
      open(await client.authorizationCode.getAuthorizeUri({ redirectUri, state }))
      const tokens = await client.authorizationCode.getTokenFromCodeRedirect(redirect, { redirectUri, state })
      return client.refreshToken(tokens)
    }`,
}

async function measure(contents: string): Promise<{ min: number; gzip: number }> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@latchkey/source'],
  })
  const code = outputFiles[0]!.contents
  return { min: code.length, gzip: gzipSync(code, { level: 9 }).length }
}

const sizes = Object.fromEntries(
  await Promise.all(
    Object.entries(PROGRAMS).map(async ([name, contents]) => [name, await measure(contents)] as const),
  ),
)
console.log('Bytes of a program that obtains tokens by code and refreshes them:')
console.table(sizes)

/**
 * Budgets in bytes, gzipped. Lower them whenever a program gets smaller; docs/decisions/0006 says what they buy that the
 * other client does not have.
 */
const BUDGETS = { 'flow functions': 6_840, Client: 36_000 } as const

const ours = sizes['flow functions']!.gzip
const peer = sizes['@badgateway/oauth2-client']!.gzip
console.log(`The flow functions are ${(ours / peer).toFixed(2)} times the smallest peer, gzipped.`)
for (const [program, budget] of Object.entries(BUDGETS))
  if (sizes[program]!.gzip > budget) {
    console.error(`${program} is over its budget of ${budget} bytes.`)
    process.exitCode = 1
  }
