import type { ContractCase } from '../contract-case.ts'
import { within } from '../platform.ts'
import { endings } from './endings.ts'
import type { TransportSubject } from './exchange.ts'
import { responses } from './responses.ts'
import { secrets } from './secrets.ts'

export type { TransportSubject } from './exchange.ts'

const NEEDS = {
  ownsConnections: 'the transport does not have its connections in its own hands',
  timed: 'the deadline of the transport cannot be set',
}

/** How long a case may take before it counts as hung, in ms. */
const PATIENCE_MS = 10_000

/** What every `Transport` must do, as cases for any runner, against the server that the subject names. */
export function transportContract(subject: TransportSubject): readonly ContractCase[] {
  return [...responses, ...endings, ...secrets].map(({ name, needs = [], run }): ContractCase => {
    const why = needs.filter(need => !subject[need]).map(need => NEEDS[need])
    return {
      name,
      ...(needs.length > 0 && { needs }),
      ...(why.length > 0 && { skip: why.join(', ') }),
      run: () => within(PATIENCE_MS, run(subject), () => `no end after ${PATIENCE_MS} ms`),
    }
  })
}
