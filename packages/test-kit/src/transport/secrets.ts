import { assert } from '../assert.ts'
import { sendTo, transportErrorOf, type TransportCase, type TransportSubject } from './transport-case.ts'

const CANARY = 'canary4711'
/** The credentials in `Authorization`: btoa('id:canary4711'). */
const BASIC = 'aWQ6Y2FuYXJ5NDcxMQ=='
const SECRETS = { authorization: `Basic ${BASIC}`, 'x-api-key': CANARY }

/** Requests that fail without a response and contain secrets wherever they can. */
const FAILURES: Readonly<Record<string, (subject: TransportSubject) => Promise<unknown>>> = {
  'a refused connection': ({ transport, refusedOrigin }) => post(transport, `${refusedOrigin}/token`),
  'a closed connection': subject => post(subject.transport, `${subject.origin}/closing`),
  'a response that is not HTTP': subject => post(subject.transport, `${subject.origin}/garbage`),
  'an invalid URL': ({ transport }) => post(transport, `a.example/${CANARY}`),
  'a URL with a password': ({ transport }) => post(transport, `https://user:${CANARY}@127.0.0.1/token`),
  'a header with a line break': subject =>
    sendTo(subject, '/echo', { headers: { ...SECRETS, 'x-api-key': `${CANARY}\r\nx: y` } }),
  'a header beyond Latin-1': subject =>
    sendTo(subject, '/echo', { headers: { authorization: `Bearer ${CANARY}€` } }),
  'a signal aborted with a reason': subject => {
    const aborted = {
      aborted: true,
      reason: new Error(CANARY),
      addEventListener() {},
      removeEventListener() {},
    }
    return sendTo(subject, `/echo?token=${CANARY}`, { headers: SECRETS }, { signal: aborted })
  },
}

function post(transport: TransportSubject['transport'], url: string): Promise<unknown> {
  const body = `refresh_token=${CANARY}`
  return transport.send({ method: 'POST', url: `${url}?token=${CANARY}#${CANARY}`, headers: SECRETS, body })
}

/** Returns every string reachable from `value`, including non-enumerable members. */
function textsIn(value: unknown, seen: Set<unknown> = new Set()): string[] {
  if (typeof value === 'string') return [value]
  if ((typeof value !== 'object' && typeof value !== 'function') || !value || seen.has(value)) return []
  seen.add(value)
  return Reflect.ownKeys(value).flatMap(name => {
    const { value: member } = Object.getOwnPropertyDescriptor(value, name) ?? {}
    return [String(name), ...textsIn(member, seen)]
  })
}

/** Errors contain no secret of the request, since errors are logged. */
export const secrets: readonly TransportCase[] = Object.entries(FAILURES).map(([name, fail]) => ({
  name: `no secret of the request is in the error: ${name}`,
  async run(subject) {
    const error = await transportErrorOf(fail(subject), name)
    const leak = [...textsIn(error), String(error)].find(
      text => text.includes(CANARY) || text.includes(BASIC),
    )
    assert(
      leak === undefined,
      `a secret of the request is in the error, in a text of ${leak?.length} characters`,
    )
  },
}))
