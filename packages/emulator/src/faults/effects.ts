import type { ServerClock } from '../clock.ts'
import { phpJson } from '../envelope.ts'
import { randomHex } from '../random.ts'
import type { HonoContext, ServerContext } from '../server-context.ts'
import { RESPONSES } from './responses.ts'
import { compress, pad, throttle } from './bodies.ts'
import { cutAfter, resetConnection } from './connection.ts'
import type { CompleteFault, FaultKind, FaultTiming } from './kinds.ts'
import { RETRY_AFTER } from './retry-after.ts'
import { TOKEN_SHAPES } from './token-shapes.ts'

/** Handles the request without the fault. Calling it changes the server's state. */
type Handler = () => Promise<Response>

type Effect<Kind extends FaultKind> = (
  request: { readonly c: HonoContext; readonly clock: ServerClock; readonly handle: Handler },
  parameters: Extract<CompleteFault, { kind: Kind }>,
) => Promise<Response>

/** The effect of each kind of fault. */
const EFFECTS: { readonly [Kind in FaultKind]: Effect<Kind> } = {
  async delay({ clock, handle }, { ms, at }) {
    if (at === 'before') await clock.sleep(ms)
    const response = await handle()
    if (at === 'after') await clock.sleep(ms)
    return response
  },
  async reset({ c, handle }, { at }) {
    await handleIfAfter(handle, at)
    return resetConnection(c)
  },
  async truncate({ c, handle }, { bytes }) {
    return cutAfter(c, await handle(), bytes)
  },
  async response({ c, handle }, { response, at }) {
    await handleIfAfter(handle, at)
    const { status, headers, body } = RESPONSES[response]
    const content = body({ path: c.req.path, method: c.req.method })
    return typeof content === 'string'
      ? new Response(content, { status, ...(headers && { headers }) })
      : new Response(phpJson(content), {
          status,
          headers: { 'Content-Type': 'application/json', ...headers },
        })
  },
  async redirect({ handle }, { status, location, at }) {
    await handleIfAfter(handle, at)
    return new Response(null, { status, headers: { Location: location } })
  },
  async 'retry-after'({ clock, handle }, { status, retryAfter, seconds, at }) {
    await handleIfAfter(handle, at)
    const value = RETRY_AFTER[retryAfter](seconds, clock.nowMs())
    const headers = { 'Content-Type': 'text/plain', ...(value !== undefined && { 'Retry-After': value }) }
    return new Response('Please try again later.\n', { status, headers })
  },
  async 'slow-body'({ clock, handle }, { chunkBytes, everyMs }) {
    return throttle(await handle(), chunkBytes, () => clock.sleep(everyMs))
  },
  async oversized({ handle }, { bytes }) {
    return pad(await handle(), bytes)
  },
  async 'gzip-bomb'({ handle }, { bytes }) {
    return compress(pad(await handle(), bytes))
  },
  async 'duplicate-keys'({ handle }) {
    return withText(await handle(), text => insertMembers(text, decoysFor(text)))
  },
  async 'proto-keys'({ handle }) {
    return withText(await handle(), text => insertMembers(text, POLLUTION))
  },
  async 'date-skew'({ clock, handle }, { ms }) {
    const response = await handle()
    const headers = new Headers(response.headers)
    headers.set('Date', new Date(clock.nowMs() + ms).toUTCString())
    return new Response(response.body, { status: response.status, headers })
  },
  async token({ handle }, { shape }) {
    const response = await handle()
    if (response.status !== 200) return response
    const {
      status = 200,
      type,
      body,
    } = TOKEN_SHAPES[shape].shape((await response.json()) as Record<string, unknown>)
    const headers = new Headers(response.headers)
    if (type) headers.set('Content-Type', type)
    return new Response(typeof body === 'string' ? body : phpJson(body), { status, headers })
  },
}

/** Handles a request with faults applied, the first one outermost. */
export function applyFaults(
  c: HonoContext,
  { clock }: ServerContext,
  faults: readonly CompleteFault[],
  handle: Handler,
): Promise<Response> {
  const run = faults.reduceRight<Handler>(
    (inner, fault) => () => (EFFECTS[fault.kind] as Effect<FaultKind>)({ c, clock, handle: inner }, fault),
    handle,
  )
  return run()
}

async function handleIfAfter(handle: Handler, at: FaultTiming): Promise<void> {
  if (at === 'after') await handle()
}

const POLLUTION =
  '"__proto__":{"polluted":true,"refresh_token":"polluted"},"constructor":{"prototype":{"polluted":true}}'

/** Returns a member with the same name and another value for each member of a JSON object. */
function decoysFor(text: string): string {
  const names = Object.keys(JSON.parse(text) as object)
  return names.map(name => `${JSON.stringify(name)}:"${randomHex(40)}"`).join(',')
}

function insertMembers(text: string, members: string): string {
  return text.replace('{', () => `{${members},`)
}

/** Rewrites the text of a JSON response. Returns other responses unchanged. */
async function withText(response: Response, rewrite: (text: string) => string): Promise<Response> {
  if (!response.headers.get('content-type')?.includes('json')) return response
  return new Response(rewrite(await response.text()), response)
}
