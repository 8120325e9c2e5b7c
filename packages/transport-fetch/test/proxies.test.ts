// Proxies: what docs/guides/proxies.md says, with a real proxy.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { NODES } from '../../../tools/nodes.ts'
import { selfSigned } from './self-signed.ts'
import { bodyOf, listen } from './servers.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-proxies-'))
  await writeFile(join(folder, 'trusted.pem'), selfSigned.cert)
})
afterAll(() => rm(folder, { recursive: true }))

/** Starts a proxy that answers CONNECT with `status`; with 200, every host is this machine. */
async function startProxy(status = 200): Promise<{ url: string; connects: string[] }> {
  const connects: string[] = []
  const server = http.createServer()
  server.on('connect', ({ url = '', headers }, inner: net.Socket) => {
    connects.push(`${url} ${headers['proxy-authorization']}`)
    inner.on('error', () => {})
    if (status !== 200) return inner.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
    const outer = net.connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      inner.write('HTTP/1.1 200 OK\r\n\r\n')
      outer.pipe(inner).pipe(outer)
    })
    outer.on('error', () => inner.destroy())
    return inner.on('close', () => outer.destroy())
  })
  return { url: `http://user:canary4711@127.0.0.1:${await listen(server)}`, connects }
}

/** Starts the authorization server `https://localhost:port`, which returns the body of the request. */
async function startServer(): Promise<string> {
  const server = https.createServer(selfSigned, async (request, response) =>
    response.end(await bodyOf(request)),
  )
  return `https://localhost:${await listen(server)}/token`
}

/** Returns the program of docs/guides/proxies.md with this name. */
async function documented(name: string): Promise<string> {
  const text = await readFile(new URL('../../../docs/guides/proxies.md', import.meta.url), 'utf8')
  return new RegExp(`<!-- program: ${name} -->\\n\\n\`\`\`ts\\n([\\s\\S]*?)\`\`\``).exec(text)![1]!
}

const REGISTERED = "import '@latchkey/transport-fetch/register'"
const SEND = `
  import { fetchTransport as own } from '@latchkey/transport-fetch'
  const used = typeof transport === 'undefined' ? own() : transport
  const request = { method: 'POST', url: process.env.TOKEN_ENDPOINT, headers: {}, body: 'a=b' }
  await used.send(request).then(
    ({ status, body }) => console.log(status, body),
    ({ sent, message }) => console.log(sent, message),
  )`

/** Runs a program with the proxy in its environment, and returns its output. */
async function run(node: string, program: string, proxy: string, url: string, more = {}): Promise<string> {
  const outfile = join(folder, `${Math.random()}.mjs`)
  await build({
    stdin: { contents: program + SEND, resolveDir: PACKAGE, loader: 'ts' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@latchkey/source'],
    outfile,
  })
  const env = {
    PATH: process.env['PATH'],
    NODE_EXTRA_CA_CERTS: join(folder, 'trusted.pem'),
    HTTPS_PROXY: proxy,
    TOKEN_ENDPOINT: url,
    ...more,
  }
  return (await promisify(execFile)(node, ['--no-warnings', outfile], { env })).stdout
}

test.each(NODES)('Node %s uses the variables only with NODE_USE_ENV_PROXY', async (_, node) => {
  const [url, proxy] = [await startServer(), await startProxy()]
  expect(await run(node, REGISTERED, proxy.url, url)).toBe('200 a=b\n')
  expect(proxy.connects).toEqual([])
  expect(await run(node, REGISTERED, proxy.url, url, { NODE_USE_ENV_PROXY: '1' })).toBe('200 a=b\n')
  expect(proxy.connects).toEqual([`${new URL(url).host} Basic ${btoa('user:canary4711')}`])
})

test.each(NODES)('Node %s uses the proxy in the programs of docs/guides/proxies.md', async (_, node) => {
  const [url, proxy] = [await startServer(), await startProxy()]
  for (const name of ['whole', 'latchkey'])
    expect(await run(node, await documented(name), proxy.url, url)).toBe('200 a=b\n')
  expect(proxy.connects).toHaveLength(2)
})

test.each(NODES)(
  'Node %s: a tunnel that the proxy rejects is not sent, and the error has the status',
  async (_, node) => {
    const url = await startServer()
    for (const status of [403, 407, 502]) {
      const proxy = await startProxy(status)
      const outputs = [
        await run(node, REGISTERED, proxy.url, url, { NODE_USE_ENV_PROXY: '1' }),
        await run(node, await documented('latchkey'), proxy.url, url),
      ]
      const message = `POST ${url}: the proxy rejected the connection with status ${status} (UND_ERR_ABORTED)`
      expect(outputs).toEqual([`no ${message}\n`, `no ${message}\n`])
    }
  },
)
