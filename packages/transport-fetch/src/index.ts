export { fetchTransport } from './fetch-transport.ts'
export type { FetchTransportOptions } from './fetch-transport.ts'
