// Reads from the log of `contends` which process held the lock when.
import { appendFileSync, readFileSync } from 'node:fs'
import { expect } from '@jest/globals'

/** Fails when a process took the lock while another held it and was not being killed. */
export function expectExclusive(log: string): { ins: number; deaths: number } {
  let inside: string | undefined
  const killed = new Set<string>()
  let ins = 0
  let deaths = 0
  for (const [n, line] of readFileSync(log, 'utf8').trimEnd().split('\n').entries()) {
    const [what, pid] = line.split(' ') as [string, string]
    if (what === 'kill') killed.add(pid)
    if (what === 'in') {
      if (inside !== undefined) {
        expect({ n, line, inside, killed: killed.has(inside) }).toMatchObject({ killed: true })
        deaths += 1
      }
      inside = pid
      ins += 1
    }
    if (what === 'out') {
      // Who is being killed may have written this before he died.
      expect({ n, line, inside }).toEqual({ n, line, inside: pid })
      inside = undefined
    }
  }
  return { ins, deaths }
}

/** Must be written before the kill: from then on another process may take the lock. */
export function tellOfKill(log: string, pid: number): void {
  appendFileSync(log, `kill ${pid}\n`)
}
