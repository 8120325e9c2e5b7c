// Eight processes that create the same table at the same time.
import { expect } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { bundled } from '../../../tools/bundled.ts'
import type { SqlSpec } from './open-sql.ts'

/** Lets eight processes create the table of each of `specs`, one after the other, and fails when one of them fails. */
export async function migrateAtOnce(specs: readonly SqlSpec[]): Promise<void> {
  const program = bundled(new URL('migrates.ts', import.meta.url))
  const processes = Array.from({ length: 8 }, () => {
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() }
  })
  for (const spec of specs) {
    for (const { child } of processes) child.stdin.write(`${JSON.stringify(spec)}\n`)
    const printed = await Promise.all(processes.map(({ lines }) => lines.next()))
    expect(printed).toEqual(Array(8).fill({ done: false, value: 'migrated' }))
  }
  const codes = processes.map(async ({ child }) => {
    child.stdin.end()
    return ((await once(child, 'exit')) as [number])[0]
  })
  expect(await Promise.all(codes)).toEqual(Array(8).fill(0))
}
