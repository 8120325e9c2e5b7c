// `latchkey mcp` with a real MCP server and a real authorization server.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Browser } from '../../../../tests/servers/browser.ts'
import {
  type AuthorizationServer,
  type McpResource,
  startAuthorizationServer,
  startMcpServer,
} from '../../../mcp/test/servers.ts'
import { eachTestHasAUser, home } from '../one-user.ts'
import { openToOthers, paste, run, start } from '../support.ts'

let as: AuthorizationServer
let mcp: McpResource

eachTestHasAUser({})
beforeEach(async () => {
  as = await startAuthorizationServer()
  mcp = await startMcpServer(as)
})
afterEach(async () => {
  await mcp.close()
  await as.close()
})

/** Signs in as a user does, in the browser that the page is for. */
async function login(...options: readonly string[]): Promise<ReturnType<typeof start>> {
  const login = start(['mcp', 'login', mcp.url, ...options], home)
  const url = await login.says(/opens in your browser:\s+(\S+)\n/)
  await fetch(await new Browser(new URL(url).searchParams.get('redirect_uri')!).open(url))
  return login
}

/** Requests the MCP server with a header that `latchkey` printed, as `curl -H @-` does. */
async function statusWith(stdout: string): Promise<number> {
  const [, name = '', value = ''] = /^(Authorization): (Bearer \S+)\n$/.exec(stdout) ?? []
  const response = await fetch(mcp.url, { method: 'POST', headers: { [name]: value } })
  return response.status
}

test('login, header, another login, logout', async () => {
  const first = await login()
  expect([await first.exitCode, first.stdout]).toEqual([0, `Signed in to ${mcp.url}.\n`])
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 1 })

  const header = await run(['mcp', 'header', mcp.url], home)
  expect([header.exitCode, header.stderr]).toEqual([0, ''])
  expect(await statusWith(header.stdout)).not.toBe(401)
  const json = await run(['mcp', 'header', mcp.url, '--json'], home)
  expect(`Authorization: ${(JSON.parse(json.stdout) as { authorization: string }).authorization}\n`).toBe(
    header.stdout,
  )

  expect(await (await login('--scope', 'read write')).exitCode).toBe(0)
  const renewed = await run(['mcp', 'header', mcp.url], home)
  expect(renewed.stdout).not.toBe(header.stdout)
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 2 })
  expect(openToOthers(`${home.path}/data`)).toEqual([])

  const logout = await run(['mcp', 'logout', mcp.url], home)
  expect([logout.exitCode, logout.stdout]).toEqual([0, `Signed out of ${mcp.url}.\n`])
  expect(await statusWith(renewed.stdout)).toBe(401)
})

test('a port of its own: the header works without it', async () => {
  expect(await (await login('--port', '18765')).exitCode).toBe(0)
  expect((await run(['mcp', 'header', mcp.url], home)).exitCode).toBe(0)
})

test('an account of a name', async () => {
  expect(await (await login('--account', 'work')).exitCode).toBe(0)
  expect((await run(['mcp', 'header', mcp.url], home)).exitCode).toBe(3)
  expect((await run(['mcp', 'header', mcp.url, '--account', 'work'], home)).exitCode).toBe(0)
  const accounts = await run(['accounts', '--json'], home)
  expect(JSON.parse(accounts.stdout)).toMatchObject([
    { provider: `mcp:${as.url} at ${mcp.url}`, account: `work at ${mcp.url}`, status: 'live' },
  ])
})

test('without a browser: paste the URL', async () => {
  const login = start(['mcp', 'login', mcp.url], { env: { ...home.env, BROWSER: 'none' } })
  const url = await login.says(/Open this page in a browser:\s+(\S+)\n/)
  login.type(`${await new Browser('http://127.0.0.1/callback').open(url)}\n`)
  expect([await login.exitCode, login.stdout]).toEqual([0, `Signed in to ${mcp.url}.\n`])
})

test('a server without metadata', async () => {
  const { exitCode, stderr } = await run(['mcp', 'login', `${as.url}/mcp`], home)
  expect(exitCode).toBe(6)
  expect(stderr).toContain('no usable metadata')
  expect(stderr).toContain('Check the URL of the MCP server.')
})

test('the user declines', async () => {
  as.deny()
  expect(await (await login()).exitCode).toBe(4)
})

test('curl sends the header of the pipe', async () => {
  await (
    await login()
  ).exitCode
  const { stdout } = await paste(
    `latchkey mcp header ${mcp.url} | curl -s -o /dev/null -w '%{http_code}' -X DELETE -H @- ${mcp.url}`,
    home,
  )
  expect(stdout).not.toBe('401')
  expect(Number(stdout)).toBeGreaterThan(0)
})
