import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { bundled } from '../../../tools/bundled.ts'
import { REDIRECT_URI } from '../../../tests/servers/oidc-provider.ts'
import type { Order, Report } from './programs/host.ts'

/** A process of a host. */
export interface Host {
  readonly process: ChildProcess
  /** Resolves when the user is at a page. */
  readonly page: Promise<void>
  /** Sends an order, and resolves to its results. Rejects with the host's error, and when it ends first. */
  order(order: Order): Promise<readonly string[]>
  kill(): Promise<void>
}

/** Starts a process that uses the MCP server at `server`, with its store in `directory`. */
export async function startHost(server: string, directory: string, transports = 4): Promise<Host> {
  const spec = { server, directory, redirectUri: REDIRECT_URI, transports }
  const child = fork(bundled(new URL('programs/host.ts', import.meta.url)), [JSON.stringify(spec)])
  const started = Promise.withResolvers<void>()
  const page = Promise.withResolvers<void>()
  const waiting = new Map<number, PromiseWithResolvers<readonly string[]>>()
  child.on('message', (report: Report) => {
    if (report.type === 'started') started.resolve()
    else if (report.type === 'page') page.resolve()
    else if (report.error === undefined) waiting.get(report.id)?.resolve(report.results)
    else waiting.get(report.id)?.reject(new Error(report.error))
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the host ended'))
  })
  await started.promise
  return {
    process: child,
    page: page.promise,
    order(order) {
      const result = Promise.withResolvers<readonly string[]>()
      const id = waiting.size
      waiting.set(id, result)
      child.send({ ...order, id })
      return result.promise
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
