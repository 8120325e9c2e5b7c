// What it costs to be handed an access token that is known: `npm run bench`. Figures are ratios to a bare async
// function; the contenders are measured in turn, several times round, by mitata, and the medians of the rounds count.
import { cpus } from 'node:os'
import { measure } from 'mitata'
import { CONTENDERS } from './contenders.ts'

const ROUNDS = 9
const ROUND_NS = 100_000_000

const ready = await Promise.all(
  Object.entries(CONTENDERS).map(async ([name, make]) => ({ name, call: await make(), ns: [] as number[] })),
)
for (let round = 0; round < ROUNDS; round++)
  for (const { call, ns } of ready) ns.push((await measure(() => call(), { min_cpu_time: ROUND_NS })).p50)

const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b)
const bare = ready[0]?.ns ?? []

console.log('A cached access token: speed relative to a bare async function (1 = as fast)')
console.log(`Node ${process.version}, ${cpus()[0]?.model}, ${ROUNDS} rounds in turn\n`)
console.table(
  Object.fromEntries(
    ready.map(({ name, ns }) => {
      const ratios = sorted(ns.map((one, round) => (bare[round] as number) / one))
      const [min = NaN, max = NaN] = [ratios[0], ratios.at(-1)]
      const round = (ratio: number): number => Number(ratio.toPrecision(3))
      return [
        name,
        {
          median: round(ratios[ROUNDS >> 1] as number),
          min: round(min),
          max: round(max),
          'ns a call': Math.round(sorted(ns)[ROUNDS >> 1] as number),
        },
      ]
    }),
  ),
)
