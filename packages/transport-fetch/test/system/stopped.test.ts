// Processes that are really stopped, for longer than the deadline of their request.
import { expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundled } from '../../../../tools/bundled.ts'
import { occasion, serve } from '../servers.ts'

const PROGRAM = bundled(new URL('../programs/one-request.ts', import.meta.url))
const STOP_MS = 12_000

/** Stops a process `startMs` after its request has arrived; the response arrives while it is stopped. */
async function stopAfter(startMs: number): Promise<string> {
  const { happened, happens } = occasion()
  let respond = (): void => {}
  const origin = await serve((_, response) => {
    respond = () => response.end('the response')
    happens()
  })
  const child = spawn(process.execPath, [PROGRAM, origin], { stdio: ['ignore', 'pipe', 'inherit'] })
  const output = text(child.stdout)
  await happened
  await sleep(startMs)
  child.kill('SIGSTOP')
  await sleep(STOP_MS / 2)
  respond()
  await sleep(STOP_MS / 2)
  child.kill('SIGCONT')
  await once(child, 'exit')
  return output
}

test('a process that is stopped for 12 s reads the response that has arrived, whenever it was stopped', async () => {
  const outcomes = await Promise.all([0, 3_000, 8_500, 9_300, 9_600].map(stopAfter))
  expect(outcomes).toEqual(outcomes.map(() => 'the response'))
})
