import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer } from './answers.ts'
import type { Question, WorkerSpec } from './worker.ts'

/** Another process of a stampede, or a tab. */
export interface Worker {
  advance(ms: number): Promise<unknown>
  ask(callers: number): Promise<Answer>
  refreshToken(): Promise<string>
  /** Ends it as a crash does; resolves when it is gone. */
  kill(): Promise<unknown>
}

/** Starts a process, and resolves when it is ready to answer. It is asked one question at a time. */
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
  const put = (question: Question): Promise<unknown> => {
    const answer = next()
    child.send(question)
    return answer
  }
  await next()
  return {
    advance: ms => put({ type: 'advance', ms }),
    ask: callers => put({ type: 'ask', callers }) as Promise<Answer>,
    refreshToken: () => put({ type: 'refresh-token' }) as Promise<string>,
    kill() {
      child.kill('SIGKILL')
      return gone
    },
  }
}
