// Imported for its effect: a client without a transport of its own uses fetch.
import { setDefaults } from '@latchkey/core'
import { fetchTransport } from './fetch-transport.ts'

setDefaults({ transport: fetchTransport() })
