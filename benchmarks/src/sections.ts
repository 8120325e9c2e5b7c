import type { Options, Section } from './section.ts'
import { databases } from './sections/databases.ts'
import { growth } from './sections/growth.ts'
import { micro } from './sections/micro.ts'
import { overhead } from './sections/overhead.ts'
import { size } from './sections/size.ts'
import { stampede } from './sections/stampede.ts'
import { coldStart } from './sections/start.ts'
import { stores } from './sections/stores.ts'
import { storm } from './sections/storm.ts'

/** A section with its own type of data. */
interface AnySection extends Omit<Section<never>, 'measure'> {
  measure(options: Options): Promise<unknown>
}

/** The sections of the page, in order, by the name that `npm run bench -- NAME` accepts. */
export const SECTIONS: Readonly<Record<string, AnySection>> = {
  stampede,
  storm,
  size,
  start: coldStart,
  micro,
  overhead,
  stores,
  databases,
  growth,
}
