// HTTPS_PROXY and NO_PROXY, with a real proxy.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { eachTestHasAUser, home } from './one-user.ts'
import { run } from './support.ts'

const connects: (string | undefined)[] = []
const proxy = createServer().on('connect', ({ url }, socket) => {
  connects.push(url)
  socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
})

eachTestHasAUser({})
beforeEach(async () => {
  connects.length = 0
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => {
  proxy.close()
})

const proxied = (more = {}) => ({
  env: { ...home.env, HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, ...more },
})
const discovery = ['login', 'https://login.example.invalid/', '--paste']

test('a proxy that refuses the tunnel: the message has its status', async () => {
  const { exitCode, stderr } = await run(discovery, proxied())
  expect(connects).toContain('login.example.invalid:443')
  expect(stderr).toContain('the proxy rejected the connection with status 407')
  expect(exitCode).toBe(7)
})

test('a host of NO_PROXY is requested without the proxy', async () => {
  const { exitCode, stderr } = await run(discovery, proxied({ NO_PROXY: 'login.example.invalid' }))
  expect([exitCode, connects]).toEqual([7, []])
  expect(stderr).not.toContain('the proxy')
})
