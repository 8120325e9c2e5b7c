// An MCP server, its authorization server and a clock: new ones for each test of the file.
import { afterEach, beforeEach } from '@jest/globals'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import {
  type AuthorizationServer,
  type McpResource,
  startAuthorizationServer,
  startMcpServer,
} from './servers.ts'

export let as: AuthorizationServer
export let mcp: McpResource
/** In step with the server's clock, which is the machine's, until the test moves it. */
export let clock: FakeClock
/** What ends with the test, before the servers. */
export const closing: { close(): Promise<unknown> }[] = []

/** Gives each test its servers. */
export function eachTestHasServers(options: Parameters<typeof startAuthorizationServer>[0] = {}): void {
  beforeEach(async () => {
    clock = fakeClock({ nowMs: Date.now() })
    as = await startAuthorizationServer(options)
    mcp = await startMcpServer(as)
  })
  afterEach(async () => {
    for (const one of closing.splice(0)) await one.close()
    await mcp.close()
    await as.close()
  })
}
