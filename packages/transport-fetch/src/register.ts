// Import this for its side effect: clients without a `transport` option use fetch.
import { setDefaults } from '@latchkey/core'
import { fetchTransport } from './fetch-transport.ts'

setDefaults({ transport: fetchTransport() })
