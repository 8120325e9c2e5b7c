// What tests and benchmarks start, they stop: cleanups, and child processes that end with this one.
import type { ChildProcess } from 'node:child_process'

const cleanups: (() => Promise<unknown>)[] = []

/** Calls the functions of `atEnd`, the last first. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}

/** Adds a function to those that `cleanUp` calls. */
export function atEnd(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup)
}

/** The child processes that are killed when this process exits. */
export const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
