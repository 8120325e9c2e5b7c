// The runner, and the setup files of Jest's configuration.
import '../../../tools/quiet-console.js'

export { runFile } from './run-file.ts'
