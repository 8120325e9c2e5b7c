import { Hono } from 'hono'

import { streamSSE } from 'hono/streaming'
import type { Fault } from '../faults/kinds.ts'
import { FAULT_KINDS } from '../faults/kinds.ts'
import type { ScenarioName } from '../scenarios.ts'
import { SCENARIOS } from '../scenarios.ts'
import { argument, isRecord } from '../validate.ts'
import type { Env, HonoContext, ServerContext } from '../server-context.ts'
import { limitBody } from './limit-body.ts'
import { localOnly } from './local-only.ts'

/** The path of the control endpoint. No path of Imgur starts like this. */
export const CONTROL = '/_emulator'

type Body = Readonly<Record<string, unknown>>

/** Routes of the control endpoint: JSON over HTTP, for this machine only. Every change returns the new state. */
export function controlRoutes(context: ServerContext): Hono<Env> {
  const { control, faults, ledger, registry } = context
  const routes = new Hono<Env>().basePath(CONTROL)
  routes.use('*', localOnly('own'), limitBody(65_536))

  routes.get('/', c => c.json(stateOf(context)))
  routes.get('/ledger', c => c.json(ledger.entries))
  routes.get('/events', c => streamLedger(context, c))

  const handle = (action: (body: Body) => void) => (c: HonoContext) => runAction(context, c, action)
  routes.patch('/switches', handle(control.set))
  routes.post(
    '/scenario',
    handle(({ name }) => control.play(name as ScenarioName)),
  )
  routes.post(
    '/clock',
    handle(body => setClock(context, body)),
  )
  routes.post(
    '/faults',
    handle(body => void faults.add(body as unknown as Fault)),
  )
  routes.post(
    '/clients',
    handle(body => void registry.addClient(body)),
  )

  const state = (c: HonoContext) => c.json(stateOf(context))
  routes.post('/reset', c => (control.reset(), state(c)))
  routes.delete('/ledger', c => (ledger.clear(), state(c)))
  routes.delete('/faults', c => (faults.clear(), state(c)))
  routes.delete('/faults/:id{\\d+}', c =>
    faults.remove(Number(c.req.param('id')))
      ? state(c)
      : c.json({ error: 'There is no fault with this id' }, 404),
  )
  return routes
}

/** Returns the state of the emulator without its ledger. */
function stateOf({ clock, control, faults, registry }: ServerContext): object {
  return {
    nowMs: clock.nowMs(),
    scenario: control.scenario ?? null,
    switches: control.switches,
    faults: faults.armed,
    faultKinds: FAULT_KINDS,
    scenarios: SCENARIOS,
    clients: [...registry.clients.values()],
    users: [...registry.users.values()],
  }
}

/**
 * Runs an action with the JSON body. The content type is required because browsers send it to another origin only
 * after a preflight, which fails here.
 */
async function runAction(
  context: ServerContext,
  c: HonoContext,
  action: (body: Body) => void,
): Promise<Response> {
  if (!c.req.header('content-type')?.startsWith('application/json')) {
    return c.json({ error: 'The body must be application/json' }, 415)
  }
  const body: unknown = await c.req.json().catch(() => undefined)
  if (!isRecord(body)) return c.json({ error: 'The body must be a JSON object' }, 400)
  try {
    action(body)
  } catch (error) {
    if (error instanceof TypeError) return c.json({ error: error.message }, 400)
    throw error
  }
  return c.json(stateOf(context))
}

function setClock({ clock }: ServerContext, { advanceMs, nowMs }: Body): void {
  argument((advanceMs === undefined) !== (nowMs === undefined), 'clock', 'moved by advanceMs or set to nowMs')
  if (advanceMs === undefined) clock.set(nowMs as number)
  else clock.advance(advanceMs as number)
}

/** Sends an `entry` event for the recent entries of the ledger, then for every new or changed entry. */
function streamLedger({ ledger }: ServerContext, c: HonoContext): Response {
  return streamSSE(c, async stream => {
    const send = (entry: unknown) => void stream.writeSSE({ event: 'entry', data: JSON.stringify(entry) })
    ledger.entries.slice(-REPLAYED_ENTRIES).forEach(send)
    const stop = ledger.watch(send)
    await new Promise<void>(resolve => stream.onAbort(resolve))
    stop()
  })
}

/** The number of earlier entries that are sent. */
const REPLAYED_ENTRIES = 200
