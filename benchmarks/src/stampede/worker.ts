// One of the processes of a stampede. Its parent moves its clocks, and makes it request access tokens.
import { advance } from './moved-clock.ts'
import type { Saved, Server } from '../contender.ts'
import { isCannot } from '../contender.ts'
import { type ContenderName, load } from '../contenders.ts'
import { ask } from './answers.ts'
import { placesOf, type PlacesSpec } from './places.ts'

/** The settings of a worker, its first argument; with `sow` it starts with these tokens. */
export interface WorkerSpec {
  readonly contender: ContenderName
  readonly server: Server
  readonly places: PlacesSpec
  readonly sow?: Saved | undefined
}

/** A question of the parent; the worker sends one answer to each. */
export type Question =
  | { readonly type: 'advance'; readonly ms: number }
  | { readonly type: 'ask'; readonly callers: number }
  | { readonly type: 'refresh-token' }

console.warn = console.error = () => {} // some libraries also print what they throw

const spec = JSON.parse(process.argv[2] ?? '') as WorkerSpec
const { server } = spec
const contender = await load(spec.contender)
if (isCannot(contender.keep)) throw new TypeError(contender.keep.cannot)
const places = placesOf(spec.places)
if (spec.sow)
  if (contender.sow) await contender.sow(server, places, spec.sow)
  else await places.place.save(spec.sow)
const kept = await contender.keep(server, places)

process.on('message', (question: Question) => void answer(question))
process.send?.('ready')

async function answer(question: Question): Promise<void> {
  if (question.type === 'advance') process.send?.(advance(question.ms) ?? 'done')
  if (question.type === 'ask') process.send?.(await ask(kept, question.callers))
  if (question.type === 'refresh-token') process.send?.((await kept.refreshToken().catch(() => {})) ?? '')
}
