import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { person } from '@latchkey/emulator'
import type { Client } from '@latchkey/core'
import type { Emulator } from '@latchkey/emulator'
import type { Answer, Question, StoreSpec, WorkerSpec } from './worker.ts'

/** Another process that shares an account. */
export interface Worker {
  readonly process: ChildProcess
  /** Asks, and resolves to the answer; rejects when the process ends before it. */
  ask(question: Question): Promise<Answer>
}

/** Starts `count` processes that share the account of `store` at `emulator`, and waits until they are ready. */
export async function startWorkers(emulator: Emulator, store: StoreSpec, count: number): Promise<Worker[]> {
  const { client_id, client_secret } = emulator.client
  const spec: WorkerSpec = { baseUrl: emulator.url, client_id, client_secret, store }
  return Promise.all(
    Array.from({ length: count }, async () => {
      const child = fork(new URL('worker.ts', import.meta.url), [JSON.stringify(spec)], {
        execArgv: ['--conditions=@latchkey/source', '--disable-warning=ExperimentalWarning'],
      })
      const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>()
      child.on('message', (answer: Answer) => waiting.get(answer.id ?? -1)?.resolve(answer))
      child.on('exit', (code, signal) => {
        for (const { reject } of waiting.values()) reject(new Error(`the worker ended: ${signal ?? code}`))
      })
      await once(child, 'message')
      let questions = 0
      return {
        process: child,
        ask: question =>
          new Promise<Answer>((resolve, reject) => {
            const id = questions++
            waiting.set(id, { resolve, reject })
            child.send({ ...question, id })
          }),
      }
    }),
  )
}

/** Ends workers, and resolves when they are gone. */
export async function stopWorkers(workers: readonly Worker[]): Promise<void> {
  await Promise.all(
    workers.map(async ({ process: child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }),
  )
}

/** Signs the emulator's person in, by code. */
export async function signIn(client: Client, emulator: Emulator): Promise<void> {
  const auth = client.Authorize.byCode()
  const { account_username: username, password } = emulator.user
  await auth.authorize(await person({ username, password }).allow(auth.url))
}

/** How many refreshes `emulator` was asked for. */
export function refreshesAt(emulator: Emulator): number {
  return emulator.ledger.filter(entry => entry.grant_type === 'refresh_token').length
}

/** One expiry: time passes everywhere, and everybody asks at once; what they got. */
export async function expire(
  emulator: Emulator,
  workers: readonly Worker[],
  callers: number,
): Promise<Answer[]> {
  const ms = 3_600_000
  emulator.clock.advance(ms)
  await Promise.all(workers.map(worker => worker.ask({ type: 'advance', ms })))
  return Promise.all(workers.map(worker => worker.ask({ type: 'ask', callers })))
}
