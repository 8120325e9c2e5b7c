// The contract with an encrypted store.
import { testContractIn } from '../contract.ts'

await testContractIn({ 'a page, encrypted': { isEncrypted: true, enter: async tab => tab } })
