import { type Ability, type Cannot, type Contender, isCannot, type Server } from '../contender.ts'
import { CONTENDERS, type ContenderName, load, NAMES } from '../contenders.ts'
import { Footnotes, marked, ratioText, table, three } from '../markdown.ts'
import { kindColour, kindOf, kindShape } from '../plot.ts'
import { type Ratios, ratiosOf } from '../ratios.ts'
import { medianNs } from '../round.ts'
import type { Section } from '../section.ts'

const SERVER: Server = {
  authorizationEndpoint: 'https://as.example/oauth2/authorize',
  tokenEndpoint: 'http://127.0.0.1:1/oauth2/token', // nothing listens there, in case a library does not use fetch
  client_id: '43652b743b5a7a0',
  client_secret: 'e0d3a5f8c1b2947680aabbccddeeff0011223344',
  redirect_uri: 'https://app.example/callback',
}

const RESPONSE = {
  access_token: 'a'.repeat(40),
  refresh_token: 'r'.repeat(40),
  token_type: 'Bearer',
  expires_in: 3600,
}

type Call = () => unknown

/** Prepares the measured call of a contender, once. */
const CALLS: Readonly<Record<string, (contender: Contender) => Promise<Ability<Call>>>> = {
  'authorization URL': ({ begin }) => able(begin, begin => begin(SERVER)),
  'authorization URL, PKCE': ({ beginPkce }) => able(beginPkce, begin => begin(SERVER)),
  'callback check': ({ check, begin }) =>
    able(check, async check => {
      const begun = await (await (begin as Exclude<typeof begin, Cannot>)(SERVER))()
      const redirect = `https://app.example/callback?code=${'c'.repeat(40)}&state=${begun.state}`
      const checking = await check(SERVER)
      return () => checking(redirect, begun)
    }),
  'refresh, without the network': ({ refresh }) =>
    able(refresh, async refresh => {
      let isCalled = false
      const fetch = async (): Promise<Response> => {
        isCalled = true
        return Response.json(RESPONSE)
      }
      globalThis.fetch = fetch // for contenders that accept no fetch
      const refreshMachine = await refresh(SERVER, fetch)
      const call = (): Promise<unknown> => refreshMachine('r'.repeat(40))
      await call().catch(() => {})
      return isCalled ? call : { cannot: 'sends by other means than fetch' }
    }),
  'cached token': ({ cachedToken }) => able(cachedToken, make => make()),
}

async function able<T extends object>(
  ability: Ability<T>,
  make: (ability: T) => Call | Promise<Ability<Call>>,
): Promise<Ability<Call>> {
  return isCannot(ability) ? ability : make(ability)
}

interface Micro {
  readonly ratios: Ratios
  readonly cannot: Readonly<Record<string, Cannot>>
}

export const micro: Section<Readonly<Record<string, Micro>>> = {
  title: 'Micro',
  async measure({ quick }) {
    const contenders = new Map(await Promise.all(NAMES.map(async name => [name, await load(name)] as const)))
    const names = ['bare', ...NAMES.filter(name => name !== 'bare')] as ContenderName[] // the baseline comes first
    const results: Record<string, Micro> = {}
    for (const [what, prepare] of Object.entries(CALLS)) {
      const calls: Record<string, () => Promise<number>> = {}
      const cannot: Record<string, Cannot> = {}
      for (const name of names) {
        const call = await prepare(contenders.get(name)!)
        if (isCannot(call)) cannot[name] = call
        else
          calls[name] = () => medianNs(async () => call(), { min_cpu_time: quick ? 5_000_000 : 20_000_000 })
      }
      results[what] = { ratios: await ratiosOf(calls, quick ? 3 : 9), cannot }
    }
    return results
  },
  async render(results, draw) {
    const footnotes = new Footnotes()
    const whats = Object.keys(results)
    /** Whether a contender is faster than Latchkey, or than its flow functions where the client cannot do it. */
    const isBetter = (what: string, name: string): boolean => {
      const { ratios } = results[what]!
      const ours = ratios['latchkey'] ?? ratios['latchkey-flows']!
      return !name.startsWith('latchkey') && ratios[name]!.median > ours.median
    }
    const rows = NAMES.map(name => [
      CONTENDERS[name],
      ...whats.map(what => {
        const { ratios, cannot } = results[what]!
        return ratios[name]
          ? marked(ratioText(ratios[name]), isBetter(what, name))
          : footnotes.of(cannot[name]!)
      }),
    ])
    const values = whats.flatMap(what =>
      Object.entries(results[what]!.ratios).map(([name, { median, min, max }]) => ({
        what,
        name: CONTENDERS[name as ContenderName],
        median,
        min,
        max,
        kind: kindOf(name, isBetter(what, name)),
      })),
    )
    return `Speed relative to the bare program, which is written by hand: 1 is as fast, 0.5 takes twice as long. The refresh sends
nothing: it builds the request, and reads a response that a function returns.

${table(['', ...whats], rows)}

${footnotes}

${await draw('micro', {
  title: 'Speed of single calls',
  subtitle:
    'relative to a program written by hand, logarithmic scale; more is better; median, and min to max',
  summary: whats
    .map(what => {
      const shown = values.filter(one => one.what === what)
      return `${what}: ${shown.map(({ name, median }) => `${name} ${three(median)}`).join(', ')}`
    })
    .join('; '),
  spec: {
    data: { values },
    facet: {
      row: {
        field: 'what',
        sort: whats,
        title: null,
        header: { labelOrient: 'top', labelAnchor: 'start', labelFontWeight: 'bold' },
      },
    },
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 440,
      height: { step: 22 },
      encoding: {
        y: { field: 'name', type: 'nominal', sort: NAMES.map(name => CONTENDERS[name]), title: null },
        color: kindColour(values),
      },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 2 },
          encoding: {
            x: {
              field: 'min',
              type: 'quantitative',
              scale: { type: 'log' },
              title: 'times the speed of the bare program',
              axis: { values: [0.001, 0.01, 0.1, 1, 10], format: '~g' },
            },
            x2: { field: 'max' },
          },
        },
        {
          mark: { type: 'point', filled: true, size: 70, opacity: 1 },
          encoding: { x: { field: 'median', type: 'quantitative' }, shape: kindShape(values) },
        },
      ],
    },
  },
})}`
  },
}
