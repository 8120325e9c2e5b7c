// Database servers that end with the test file.
import { afterAll } from '@jest/globals'
import { cleanUp } from '../../../tools/at-end.ts'

export { atEnd } from '../../../tools/at-end.ts'
export * from '../../../tools/databases.ts'
export { until } from '../../../tools/until.ts'

afterAll(cleanUp, 60_000)
