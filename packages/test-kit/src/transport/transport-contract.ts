import type { ContractCase } from '../contract-case.ts'
import { withTimeout } from '../platform.ts'
import { failures } from './failures.ts'
import type { TransportSubject } from './transport-case.ts'
import { responses } from './responses.ts'
import { secrets } from './secrets.ts'

export type { TransportSubject } from './transport-case.ts'

const NEEDS = {
  ownsConnections: 'the transport does not control its connections',
}

/** The time in ms after which a case fails. */
const CASE_TIMEOUT_MS = 10_000

/** Returns the rules for every `Transport` as cases for any test runner, run against the subject's server. */
export function transportContract(subject: TransportSubject): readonly ContractCase[] {
  return [...responses, ...failures, ...secrets].map(({ name, needs = [], run }): ContractCase => {
    const why = needs.filter(need => !subject[need]).map(need => NEEDS[need])
    return {
      name,
      ...(needs.length > 0 && { needs }),
      ...(why.length > 0 && { skip: why.join(', ') }),
      run: () => withTimeout(CASE_TIMEOUT_MS, run(subject), () => `timed out after ${CASE_TIMEOUT_MS} ms`),
    }
  })
}
