/** A request to run the source of a function, and the response. */
interface Run {
  readonly source: string
  readonly arg: unknown
}
type Outcome = { readonly value: unknown } | { readonly error: string }

/** Runs code for {@link runIn} in this page, frame or worker. */
export function serveRuns(): void {
  addEventListener('message', event => {
    const { data, ports } = event as MessageEvent<Partial<Run> | undefined>
    if (typeof data?.source !== 'string') return
    const running = Promise.resolve()
      // An indirect eval sees the global scope only.
      .then(() => (0, eval)(`(${data.source})`)(data.arg) as unknown)
      .then(
        (value): Outcome => ({ value }),
        (error: Error): Outcome => ({ error: `${error}\n${error.stack}` }),
      )
      .then(outcome => ports[0]!.postMessage(outcome))
    // A service worker ends when it has no event to handle.
    if ('waitUntil' in event) (event as unknown as ExtendableEvent).waitUntil(running)
  })
}

interface ExtendableEvent {
  waitUntil(done: Promise<unknown>): void
}

/** Runs the source of a function in a worker or a frame that runs {@link serveRuns}. */
export function runIn(target: Worker | Window, source: string, arg: unknown): Promise<unknown> {
  const { port1, port2 } = new MessageChannel()
  return new Promise<unknown>((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<Outcome>) => {
      if ('error' in data) reject(new Error(data.error))
      else resolve(data.value)
    }
    const run: Run = { source, arg }
    if (target instanceof Worker || !('closed' in target)) target.postMessage(run, [port2])
    else target.postMessage(run, '*', [port2])
  }).finally(() => port1.close())
}
