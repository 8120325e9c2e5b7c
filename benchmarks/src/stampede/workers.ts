import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer } from './answers.ts'
import type { Question, WorkerSpec } from './worker.ts'

/** Another process of a stampede, or a tab. */
export interface Worker {
  advance(ms: number): Promise<unknown>
  ask(callers: number): Promise<Answer>
  refreshToken(): Promise<string>
  /** Ends it like a crash; resolves when it has exited. */
  kill(): Promise<unknown>
}

/** Starts a process, and resolves when it is ready. It accepts one question at a time. */
export async function startWorker(spec: WorkerSpec): Promise<Worker> {
  const child = fork(new URL('worker.ts', import.meta.url), [JSON.stringify(spec)], {
    execArgv: ['--conditions=@latchkey/source', '--disable-warning=ExperimentalWarning'],
  })
  const gone = once(child, 'exit')
  const next = (): Promise<unknown> =>
    Promise.race([
      once(child, 'message').then(([message]) => message as unknown),
      gone.then(([code, signal]) => Promise.reject(new Error(`the worker ended: ${signal ?? code}`))),
    ])
  const send = (question: Question): Promise<unknown> => {
    const answer = next()
    child.send(question)
    return answer
  }
  await next()
  return {
    advance: ms => send({ type: 'advance', ms }),
    ask: callers => send({ type: 'ask', callers }) as Promise<Answer>,
    refreshToken: () => send({ type: 'refresh-token' }) as Promise<string>,
    kill() {
      child.kill('SIGKILL')
      return gone
    },
  }
}
