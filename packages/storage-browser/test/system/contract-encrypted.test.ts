// The contract again, over a store whose records are encrypted.
import { testContractIn } from '../contract.ts'

await testContractIn({ 'a page, encrypted': { isEncrypted: true, enter: async tab => tab } })
