// The runner, and what Jest's settings have around every file.
import '../../../tools/quiet-console.js'

export { runFile } from './run-file.ts'
