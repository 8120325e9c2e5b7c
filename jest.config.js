// What `npm test` runs.
import { poolOf } from './tools/jest-pool.js'

export default await poolOf('test', 'jest.config.js')
