export { type ContractServer, startContractServer } from './contract-server.ts'
