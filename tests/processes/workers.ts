import { type ChildProcess, fork, spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { simulateUser } from '@latchkey/emulator'
import type { Client } from '@latchkey/core'
import type { Emulator } from '@latchkey/emulator'
import { bundled } from '../../tools/bundled.ts'
import type { Answer, Question, StoreSpec, WorkerSettings, WorkerSpec } from './worker.ts'

/** How long an access token is valid, in ms. */
export const LIFETIME_MS = 3_600_000

/** Another process that shares an account. */
export interface Worker {
  readonly process: ChildProcess
  /** Sends a question, and resolves to the answer; rejects when the process ends first. */
  ask(question: Question): Promise<Answer>
}

/** Starts one process that runs the program at `path`. */
type Start = (path: string, args: readonly string[]) => ChildProcess

const alone: Start = (path, args) => fork(path, args)

/** Starts a worker of this process's cluster. */
export const inCluster: Start = (path, args) => {
  cluster.setupPrimary({ exec: path, args: [...args] })
  return cluster.fork().process
}

/** Starts a process in a new network namespace, with another loopback. */
export const inNamespace: Start = (path, args) => {
  const within = ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'] as const
  return spawn('unshare', [...within, process.execPath, path, ...args], { stdio: [...stdio] })
}

/** Starts `count` processes that share the accounts of `store` at a server, and waits until they are ready. */
export async function startWorkers(
  {
    url,
    client,
  }: Pick<Emulator, 'url'> & { readonly client: Pick<Emulator['client'], 'client_id' | 'client_secret'> },
  store: StoreSpec,
  count: number,
  { start = alone, ...settings }: { readonly start?: Start } & WorkerSettings = {},
): Promise<Worker[]> {
  const { client_id, client_secret } = client
  const spec: WorkerSpec = { baseUrl: url, client_id, client_secret, store, ...settings }
  const program = bundled(new URL('worker.ts', import.meta.url))
  return Promise.all(
    Array.from({ length: count }, async () => {
      const child = start(program, [JSON.stringify(spec)])
      const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>()
      child.on('message', (answer: Answer) => {
        waiting.get(answer.id ?? -1)?.resolve(answer)
        waiting.delete(answer.id ?? -1)
      })
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

/** Ends workers, and resolves when they have exited. */
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

/** Signs the emulator's user in, by code. */
export async function signIn(client: Client, emulator: Emulator): Promise<void> {
  const auth = client.Authorize.byCode()
  const { account_username: username, password } = emulator.user
  await auth.authorize(await simulateUser({ username, password }).allow(auth.url))
}

/** Returns the number of refresh requests that `emulator` received. */
export function refreshesAt(emulator: Emulator): number {
  return emulator.ledger.filter(entry => entry.grant_type === 'refresh_token').length
}

/** Moves the clocks of the emulator and all workers forward. */
export async function pass(ms: number, emulator: Emulator, workers: readonly Worker[]): Promise<void> {
  emulator.clock.advance(ms)
  await Promise.all(workers.map(worker => worker.ask({ type: 'advance', ms })))
}

/** Lets the token expire, and returns the answers of all workers, which request one at the same time. */
export async function expire(
  emulator: Emulator,
  workers: readonly Worker[],
  callers: number,
): Promise<Answer[]> {
  await pass(LIFETIME_MS, emulator, workers)
  return Promise.all(workers.map(worker => worker.ask({ type: 'ask', callers })))
}
