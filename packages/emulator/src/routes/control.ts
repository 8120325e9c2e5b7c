import { Hono } from 'hono'

import { streamSSE } from 'hono/streaming'
import type { Fault } from '../faults/kinds.ts'
import { FAULT_KINDS } from '../faults/kinds.ts'
import type { ScenarioName } from '../scenarios.ts'
import { SCENARIOS } from '../scenarios.ts'
import { argument, isRecord } from '../validate.ts'
import type { Env, Exchange, World } from '../world.ts'
import { limitBody } from './limit-body.ts'
import { localOnly } from './local-only.ts'

/** Where the emulator is steered while it runs; no address of Imgur's begins like this. */
export const CONTROL = '/_emulator'

type Body = Readonly<Record<string, unknown>>

/** The control endpoint: JSON over HTTP, for this machine only. Every change answers with the state that it led to. */
export function controlRoutes(world: World): Hono<Env> {
  const { control, faults, ledger, registry } = world
  const routes = new Hono<Env>().basePath(CONTROL)
  routes.use('*', localOnly('own'), limitBody(65_536))

  routes.get('/', c => c.json(stateOf(world)))
  routes.get('/ledger', c => c.json(ledger.entries))
  routes.get('/events', c => streamLedger(world, c))

  const steer = (action: (body: Body) => void) => (c: Exchange) => obey(world, c, action)
  routes.patch('/switches', steer(control.set))
  routes.post(
    '/scenario',
    steer(({ name }) => control.play(name as ScenarioName)),
  )
  routes.post(
    '/clock',
    steer(body => moveClock(world, body)),
  )
  routes.post(
    '/faults',
    steer(body => void faults.add(body as unknown as Fault)),
  )
  routes.post(
    '/clients',
    steer(body => void registry.addClient(body)),
  )

  const state = (c: Exchange) => c.json(stateOf(world))
  routes.post('/reset', c => (control.reset(), state(c)))
  routes.delete('/ledger', c => (ledger.clear(), state(c)))
  routes.delete('/faults', c => (faults.clear(), state(c)))
  routes.delete('/faults/:id{\\d+}', c =>
    faults.remove(Number(c.req.param('id')))
      ? state(c)
      : c.json({ error: 'There is no fault of that id' }, 404),
  )
  return routes
}

/** Everything there is to see of a running emulator but its ledger. */
function stateOf({ clock, control, faults, registry }: World): object {
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
 * Does what a JSON body asks for. The content type is insisted on because a browser sends it to another
 * origin only after asking with a preflight, which is never answered here.
 */
async function obey(world: World, c: Exchange, action: (body: Body) => void): Promise<Response> {
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
  return c.json(stateOf(world))
}

function moveClock({ clock }: World, { advanceMs, nowMs }: Body): void {
  argument((advanceMs === undefined) !== (nowMs === undefined), 'clock', 'moved by advanceMs or set to nowMs')
  if (advanceMs === undefined) clock.set(nowMs as number)
  else clock.advance(advanceMs as number)
}

/** Server-sent events: `entry` for everything in the ledger, then for every entry that is new or has changed. */
function streamLedger({ ledger }: World, c: Exchange): Response {
  return streamSSE(c, async stream => {
    const send = (entry: unknown) => void stream.writeSSE({ event: 'entry', data: JSON.stringify(entry) })
    ledger.entries.slice(-SHOWN).forEach(send)
    const stop = ledger.watch(send)
    await new Promise<void>(resolve => stream.onAbort(resolve))
    stop()
  })
}

/** How many of the entries that were there before are sent. */
const SHOWN = 200
