import { expect, test } from '@jest/globals'
import { drive, refreshToken } from '../src/flows/index.ts'
import { imgur, TransportError } from '../src/index.ts'
import type { HttpRequest } from '../src/ports/index.ts'
import { answer, credentials, IMGUR_ANSWER, NOW, sent } from './support.ts'

const machine = refreshToken(imgur())
const begin = () => machine.start({ refresh_token: 'r', credentials })
const clock = { nowMs: () => NOW }
const provider = imgur()

test('drive performs the effect once, and passes the response and its time to the machine', async () => {
  const requests: HttpRequest[] = []
  const transport = {
    async send(request: HttpRequest) {
      requests.push(request)
      return answer(200, IMGUR_ANSWER)
    },
  }

  const ended = await drive(machine, begin(), { transport, clock, provider })

  expect(ended).toMatchObject({ type: 'refreshed', tokens: { expires_at: NOW + 315_360_000_000 } })
  expect(requests).toEqual([sent(begin().effects[0]!.request, provider)])
})

test.each([
  ['no', 'transient'],
  ['unknown', 'indeterminate'],
] as const)('a TransportError with sent %s is %s', async (sent, code) => {
  const cause = Object.assign(new Error('x'), { code: 'ECONNRESET' })
  const transport = { send: () => Promise.reject(new TransportError('lost', { sent, cause })) }
  expect(await drive(machine, begin(), { transport, clock, provider })).toEqual({
    type: 'failed',
    failure: { code, message: 'lost', cause: { name: 'Error', code: 'ECONNRESET' } },
  })
})

test.each([new Error('it quotes r'), 'a string', undefined, null, { code: 5 }])(
  'a message does not repeat another thrown value (%p)',
  async thrown => {
    const transport = { send: () => Promise.reject(thrown) }
    expect(await drive(machine, begin(), { transport, clock, provider })).toEqual({
      type: 'failed',
      failure: { code: 'indeterminate', message: 'the transport failed' },
    })
  },
)

test('a machine that rests does not change', async () => {
  const transport = { send: () => Promise.reject(new Error('nothing to send')) }
  const resting = {
    state: { type: 'failed', failure: { code: 'transient', message: 'm' } },
    effects: [],
  } as const
  expect(await drive(machine, resting, { transport, clock, provider })).toBe(resting.state)
})
