// What it costs to be handed an access token that is known: `npm run bench`.
import { type Contenders, printRatios } from '../ratios.ts'
import { medianNs } from '../round.ts'
import { CONTENDERS } from './contenders.ts'

const ready = Object.entries(CONTENDERS).map(async ([name, make]) => {
  const call = await make()
  return [name, () => medianNs(call)] as const
})
const contenders: Contenders = Object.fromEntries(await Promise.all(ready))
await printRatios('A cached access token', contenders)
