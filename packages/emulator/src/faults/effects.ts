import type { ServerClock } from '../clock.ts'
import { phpJson } from '../envelope.ts'
import { randomHex } from '../random.ts'
import type { Exchange, World } from '../world.ts'
import { ANSWERS } from './answers.ts'
import { gzipped, padded, trickled } from './bodies.ts'
import { cutAfter, resetConnection } from './connection.ts'
import type { CompleteFault, FaultKind, When } from './kinds.ts'
import { RETRY_AFTER } from './retry-after.ts'
import { TOKEN_SHAPES } from './token-shapes.ts'

/** What the server would do without the fault; calling it changes the server's state. */
type Work = () => Promise<Response>

type Effect<Kind extends FaultKind> = (
  request: { readonly c: Exchange; readonly clock: ServerClock; readonly work: Work },
  parameters: Extract<CompleteFault, { kind: Kind }>,
) => Promise<Response>

/** What each kind of fault does to a request. */
const EFFECTS: { readonly [Kind in FaultKind]: Effect<Kind> } = {
  async delay({ clock, work }, { ms, at }) {
    if (at === 'before') await clock.sleep(ms)
    const response = await work()
    if (at === 'after') await clock.sleep(ms)
    return response
  },
  async reset({ c, work }, { at }) {
    await workIfAfter(work, at)
    return resetConnection(c)
  },
  async truncate({ c, work }, { bytes }) {
    return cutAfter(c, await work(), bytes)
  },
  async answer({ c, work }, { answer, at }) {
    await workIfAfter(work, at)
    const { status, headers, body } = ANSWERS[answer]
    const content = body({ path: c.req.path, method: c.req.method })
    return typeof content === 'string'
      ? new Response(content, { status, ...(headers && { headers }) })
      : new Response(phpJson(content), {
          status,
          headers: { 'Content-Type': 'application/json', ...headers },
        })
  },
  async redirect({ work }, { status, location, at }) {
    await workIfAfter(work, at)
    return new Response(null, { status, headers: { Location: location } })
  },
  async 'retry-after'({ clock, work }, { status, retryAfter, seconds, at }) {
    await workIfAfter(work, at)
    const value = RETRY_AFTER[retryAfter](seconds, clock.nowMs())
    const headers = { 'Content-Type': 'text/plain', ...(value !== undefined && { 'Retry-After': value }) }
    return new Response('Please try again later.\n', { status, headers })
  },
  async 'slow-body'({ clock, work }, { chunkBytes, everyMs }) {
    return trickled(await work(), chunkBytes, () => clock.sleep(everyMs))
  },
  async oversized({ work }, { bytes }) {
    return padded(await work(), bytes)
  },
  async 'gzip-bomb'({ work }, { bytes }) {
    return gzipped(padded(await work(), bytes))
  },
  async 'duplicate-keys'({ work }) {
    return withText(await work(), text => insertMembers(text, decoysFor(text)))
  },
  async 'proto-keys'({ work }) {
    return withText(await work(), text => insertMembers(text, POLLUTION))
  },
  async 'date-skew'({ clock, work }, { ms }) {
    const response = await work()
    const headers = new Headers(response.headers)
    headers.set('Date', new Date(clock.nowMs() + ms).toUTCString())
    return new Response(response.body, { status: response.status, headers })
  },
  async token({ work }, { shape }) {
    const response = await work()
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

/** Carries out a request under the faults that strike it, the first one outermost. */
export function strike(
  c: Exchange,
  { clock }: World,
  faults: readonly CompleteFault[],
  work: Work,
): Promise<Response> {
  const struck = faults.reduceRight<Work>(
    (inner, fault) => () => (EFFECTS[fault.kind] as Effect<FaultKind>)({ c, clock, work: inner }, fault),
    work,
  )
  return struck()
}

async function workIfAfter(work: Work, at: When): Promise<void> {
  if (at === 'after') await work()
}

const POLLUTION =
  '"__proto__":{"polluted":true,"refresh_token":"polluted"},"constructor":{"prototype":{"polluted":true}}'

/** For each member of a JSON object one of the same name with another value. */
function decoysFor(text: string): string {
  const names = Object.keys(JSON.parse(text) as object)
  return names.map(name => `${JSON.stringify(name)}:"${randomHex(40)}"`).join(',')
}

function insertMembers(text: string, members: string): string {
  return text.replace('{', () => `{${members},`)
}

/** The same response with its JSON rewritten; any other response as it is. */
async function withText(response: Response, rewrite: (text: string) => string): Promise<Response> {
  if (!response.headers.get('content-type')?.includes('json')) return response
  return new Response(rewrite(await response.text()), response)
}
