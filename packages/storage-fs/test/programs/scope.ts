// scope DIRECTORY: writes the scope of the locks.
import { FileTokenStore } from '../../src/index.ts'

console.log(new FileTokenStore({ directory: process.argv[2]! }).locks!.scope)
