// Where `latchkey` begins. The build makes one file of this and what it imports, as quick to load as can be:
// a CommonJS one.
import { writeSync } from 'node:fs'
import { quickToken } from './quick-token.ts'

const token = quickToken(process.argv.slice(2), process.env)
if (token === undefined) void import('./main.ts')
else print(`${token}\n`)

/** `process.stdout` would be the better part of the time that all this takes. */
function print(text: string): void {
  try {
    writeSync(1, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAGAIN')
      process.stdout.write(text) // a pipe that is full, and does not block
    else if (code !== 'EPIPE') throw error
  }
}
