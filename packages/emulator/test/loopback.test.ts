import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { exposureWarning, isLocalRequest, isLoopback } from '../src/loopback.ts'
import { emulatorWith } from './support.ts'

const local = {
  remoteAddress: '127.0.0.1',
  host: '127.0.0.1:8080',
  origin: undefined,
  fetchSite: undefined,
}

test.each(['192.168.1.5', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', undefined])(
  'a request from %s is not from this machine, whatever Host it names',
  remoteAddress => {
    expect(isLocalRequest({ ...local, remoteAddress })).toBe(false)
  },
)

test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is this machine', remoteAddress => {
  expect(isLocalRequest({ ...local, remoteAddress })).toBe(true)
})

test.each([undefined, '', 'a b', '127.0.0.1.evil.example'])('Host %j is not this machine', host => {
  expect(isLocalRequest({ ...local, host })).toBe(false)
})

test('a name that only looks like loopback is not local', () => {
  expect(['127.evil.example', 'localhost.evil', '1127.0.0.1', ''].filter(isLoopback)).toEqual([])
})

test('a form of the own pages, with no-referrer, sends Origin: null from the same origin', () => {
  expect(isLocalRequest({ ...local, origin: 'null', fetchSite: 'same-origin' })).toBe(true)
  expect(isLocalRequest({ ...local, origin: 'null', fetchSite: 'cross-site' })).toBe(false)
  expect(isLocalRequest({ ...local, origin: 'null' })).toBe(false)
})

test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('listening on %s needs no warning', host => {
  expect(exposureWarning(host)).toBeUndefined()
})

test.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.evil.example'])(
  'to listen on %s is warned of',
  host => {
    expect(exposureWarning(host)).toContain(`${host} is not loopback`)
  },
)

test('an emulator on another address than loopback calls warn', async () => {
  const told: string[] = []
  await emulatorWith({ host: '0.0.0.0', warn: text => told.push(text) })
  await emulatorWith({ warn: text => told.push(text) })
  expect(told).toEqual([expect.stringContaining('0.0.0.0 is not loopback')])
})

test('an emulator on another address than loopback emits a process warning by default', async () => {
  const program = `
    import { startEmulator } from '@latchkey/emulator'
    const emulator = await startEmulator({ host: '0.0.0.0' })
    await emulator.close()`
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@latchkey/source', '--input-type=module', '--eval', program],
    { cwd: import.meta.dirname },
  )
  expect(stderr).toMatch(/^\(node:\d+\) Warning: 0\.0\.0\.0 is not loopback/)
})
