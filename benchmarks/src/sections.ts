import type { Options, Section } from './section.ts'
import { growth } from './sections/growth.ts'
import { micro } from './sections/micro.ts'
import { overhead } from './sections/overhead.ts'
import { size } from './sections/size.ts'
import { stampede } from './sections/stampede.ts'
import { coldStart } from './sections/start.ts'
import { stores } from './sections/stores.ts'

/** One whose data is known to itself alone. */
interface AnySection extends Omit<Section<never>, 'measure'> {
  measure(options: Options): Promise<unknown>
}

/** The parts of the page by the name that `npm run bench -- NAME` takes, in their order. */
export const SECTIONS: Readonly<Record<string, AnySection>> = {
  stampede,
  size,
  start: coldStart,
  micro,
  overhead,
  stores,
  growth,
}
