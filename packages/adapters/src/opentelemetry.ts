// `@latchkey/adapters/opentelemetry`
import { type Attributes, metrics, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { observe } from '@latchkey/core'

/** Options of `instrument`. */
export interface InstrumentOptions {
  /** Adds the account's name to spans. Default `false`, since it may be personal data. It is never in metrics. */
  readonly accounts?: boolean
}

const NAME = '@latchkey/adapters'

/**
 * Reports the refreshes, sign-ins and sign-outs of this process to OpenTelemetry, by the global providers; returns a function
 * that ends it. Nothing that it reports is secret.
 *
 * Counters: `latchkey.refreshes` (attribute `outcome`: `succeeded`, `adopted` from another process, or the failure's code),
 * `latchkey.sign_ins`, `latchkey.sign_outs`, `latchkey.rejected_tokens`, `latchkey.failed_writes`. Histograms:
 * `latchkey.refresh.duration` and `latchkey.lock.wait`, in s. Span: `latchkey.refresh`, with why it was due. All have the
 * attribute `latchkey.provider`.
 */
export function instrument({ accounts = false }: InstrumentOptions = {}): () => void {
  const meter = metrics.getMeter(NAME)
  const tracer = trace.getTracer(NAME)
  const counter = (name: string, description: string) => meter.createCounter(name, { description })
  const histogram = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's' })

  const refreshes = counter('latchkey.refreshes', 'Refreshes that ended, by outcome')
  const counters = {
    'signed-in': counter('latchkey.sign_ins', 'Sign-ins'),
    'signed-out': counter('latchkey.sign_outs', 'Sign-outs, and accounts that must sign in again'),
    'token-rejected': counter('latchkey.rejected_tokens', 'Access tokens that an API rejected'),
    'persist-failed': counter('latchkey.failed_writes', 'Writes that the store did not accept'),
  } as const
  const duration = histogram('latchkey.refresh.duration', 'Time from the start of a refresh to its end')
  const lockWait = histogram('latchkey.lock.wait', 'Time that a refresh waited for another process')

  /** The refreshes under way, by provider, client and account. */
  const running = new Map<string, { readonly span: Span; readonly startedMs: number }>()

  const end = (key: string, attributes: Attributes, failure?: string): void => {
    const refresh = running.get(key)
    if (!refresh) return
    running.delete(key)
    duration.record((performance.now() - refresh.startedMs) / 1000, attributes)
    refresh.span.setAttributes(attributes)
    if (failure !== undefined) refresh.span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
    refresh.span.end()
  }

  return observe((event, { provider, client_id, account }) => {
    const common: Attributes = { 'latchkey.provider': provider }
    const key = JSON.stringify([provider, client_id, account])
    const ended = (outcome: string, failure?: string): void => {
      refreshes.add(1, { ...common, outcome })
      end(key, { ...common, outcome }, failure)
    }
    switch (event.type) {
      case 'refresh-started': {
        const attributes = {
          ...common,
          'latchkey.because': event.because,
          ...(accounts ? { 'latchkey.account': account } : {}),
        }
        running.get(key)?.span.end()
        running.set(key, {
          span: tracer.startSpan('latchkey.refresh', { attributes }),
          startedMs: performance.now(),
        })
        return
      }
      case 'refresh-succeeded':
        return ended('succeeded')
      case 'refresh-adopted':
        return ended('adopted')
      case 'refresh-failed':
        return ended(event.code, event.message)
      case 'lock-waited':
        return lockWait.record(event.ms / 1000, common)
      case 'signed-in':
      case 'signed-out':
      case 'token-rejected':
      case 'persist-failed':
        return counters[event.type].add(1, common)
    }
  })
}
