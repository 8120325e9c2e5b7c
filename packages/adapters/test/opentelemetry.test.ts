import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { metrics, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { instrument } from '@latchkey/adapters/opentelemetry'
import { Client, MemoryTokenStore } from '@latchkey/core'
import { until } from '../../../tools/until.ts'
import { startService } from './service.ts'

const spans = new InMemorySpanExporter()
const exported = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter: exported, exportIntervalMillis: 3_600_000 })
const meterProvider = new MeterProvider({ readers: [reader] })

beforeAll(() => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
  metrics.setGlobalMeterProvider(meterProvider)
})
beforeEach(() => {
  spans.reset()
  exported.reset()
})
afterAll(() => meterProvider.shutdown())

/** Returns what was measured since the last call: the values by name and attributes. */
async function measured(): Promise<Record<string, unknown>> {
  await reader.forceFlush()
  const found = exported
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(scope => scope.metrics)
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => [
        `${descriptor.name} ${JSON.stringify(attributes)}`,
        typeof value === 'number' ? value : value.count,
      ]),
    )
  exported.reset()
  return Object.fromEntries(found) as Record<string, unknown>
}

test('a refresh is a span, a count and a duration; sign-ins, rejections and sign-outs are counted', async () => {
  const stop = instrument()
  const service = await startService()
  const client = await service.client()
  service.endToken()
  await client.rejected('access-0')
  await client.signOut()
  stop()

  expect(spans.getFinishedSpans()).toMatchObject([
    {
      name: 'latchkey.refresh',
      attributes: { 'latchkey.provider': 'service', 'latchkey.because': 'rejected', outcome: 'succeeded' },
    },
  ])
  const provider = '"latchkey.provider":"service"'
  expect(await measured()).toEqual({
    [`latchkey.refreshes {${provider},"outcome":"succeeded"}`]: 1,
    [`latchkey.refresh.duration {${provider},"outcome":"succeeded"}`]: 1,
    [`latchkey.sign_ins {${provider}}`]: 1,
    [`latchkey.rejected_tokens {${provider}}`]: 1,
    [`latchkey.sign_outs {${provider}}`]: 1,
  })
})

test('a refresh that fails is a span with an error, and nothing that is reported is secret', async () => {
  const stop = instrument({ accounts: true })
  const service = await startService()
  const client = await service.client()
  await client.import({
    access_token: 'access-old',
    refresh_token: 'refresh-secret',
    expires_at: Date.now() - 1_000,
  })
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'reauth_required' })
  stop()

  const [span] = spans.getFinishedSpans()
  expect(span).toMatchObject({
    attributes: { 'latchkey.account': 'default', outcome: 'reauth_required' },
    status: { code: 2 },
  })
  const report = JSON.stringify([await measured(), span!.attributes, span!.status])
  expect(report).toContain('latchkey.refreshes')
  expect(report).not.toMatch(/refresh-secret|access-old/)
})

test('refreshes at once by two client ids are two spans', async () => {
  const stop = instrument()
  const responses: (() => void)[] = []
  const send = async () => {
    await new Promise<void>(resolve => responses.push(resolve))
    return {
      status: 200,
      headers: {},
      body: '{"access_token":"new","token_type":"Bearer","expires_in":3600}',
    }
  }
  const refreshes = ['one', 'two'].map(async client_id => {
    const client = new Client({ client_id, transport: { send }, store: new MemoryTokenStore() })
    await client.import({ access_token: 'old', refresh_token: 'refresh', expires_in: 3600 })
    return client.Authorize.regenerateFromRefreshToken()
  })
  await until('two requests', async () => responses.length === 2)
  for (const respond of responses) respond()
  await Promise.all(refreshes)
  stop()
  expect(spans.getFinishedSpans()).toMatchObject([
    { attributes: { outcome: 'succeeded' } },
    { attributes: { outcome: 'succeeded' } },
  ])
  await measured()
})

test('after stop() nothing is reported', async () => {
  const stop = instrument()
  stop()
  const service = await startService()
  await service.client()
  expect(await measured()).toEqual({})
})
