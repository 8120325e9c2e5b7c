// One of several processes that use one MCP server. Its parent moves its clock, and kills it.
import { FileTokenStore } from '@latchkey/storage-fs'
import { systemClock } from '@latchkey/core/ports'
import { fetchTransport } from '@latchkey/transport-fetch'
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { mcpOAuthProvider } from '../../src/index.ts'
import { Browser } from '../../../../tests/servers/browser.ts'

/** The settings of a host, its first argument. */
export interface HostSpec {
  readonly server: string
  readonly directory: string
  readonly redirectUri: string
  /** How many transports it has; every other one is of SDK 2.x. */
  readonly transports: number
}

/** What the parent wants. `allow` lets the user sign in. */
export type Order =
  { readonly type: 'connect' | 'hello' | 'allow' } | { readonly type: 'advance'; readonly ms: number }

/** What the host reports: that it runs, that a page is open, or the result of an order. */
export type Report =
  | { readonly type: 'started' }
  | { readonly type: 'page' }
  | {
      readonly type: 'done'
      readonly id: number
      readonly results: readonly string[]
      readonly error?: string
    }

const spec = JSON.parse(process.argv[2]!) as HostSpec
const report = (message: Report): void => void process.send!(message)
let aheadMs = 0
const clock = {
  ...systemClock,
  nowMs: () => systemClock.nowMs() + aheadMs,
  monotonicMs: () => systemClock.monotonicMs() + aheadMs,
}
const allowed = Promise.withResolvers<void>()

const { fetch } = mcpOAuthProvider({
  server: spec.server,
  store: new FileTokenStore({ directory: spec.directory }),
  redirectUri: spec.redirectUri,
  clientMetadata: { client_name: 'Host' },
  transport: fetchTransport(),
  clock,
  async signIn(client, request) {
    const auth = client.Authorize.byCode(request)
    report({ type: 'page' })
    await allowed.promise
    await auth.authorize(await new Browser(spec.redirectUri).open(auth.url))
  },
})

async function connect(index: number): Promise<() => Promise<string>> {
  const url = new URL(spec.server)
  const is2 = index % 2 === 1
  const client = is2 ? new Client2({ name: 'h', version: '1' }) : new Client1({ name: 'h', version: '1' })
  await client.connect((is2 ? new Transport2(url, { fetch }) : new Transport1(url, { fetch })) as never)
  return async () => JSON.stringify((await client.callTool({ name: 'hello' })).content)
}

let clients: (() => Promise<string>)[] = []
process.on('message', async ({ id, ...order }: Order & { readonly id: number }) => {
  try {
    if (order.type === 'allow') allowed.resolve()
    if (order.type === 'advance') aheadMs += order.ms
    if (order.type === 'connect')
      clients = await Promise.all(Array.from({ length: spec.transports }, (_, index) => connect(index)))
    const results = order.type === 'hello' ? await Promise.all(clients.map(hello => hello())) : []
    report({ type: 'done', id, results })
  } catch (error) {
    report({ type: 'done', id, results: [], error: String(error) })
  }
})
report({ type: 'started' })
