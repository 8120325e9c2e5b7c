// The entry point of `latchkey`. The build bundles it into one CommonJS file, which loads fastest.
import { writeSync } from 'node:fs'
import { quickToken } from './quick-token.ts'

const token = quickToken(process.argv.slice(2), process.env)
if (token === undefined) void import('./main.ts')
else print(`${token}\n`)

/** Avoids `process.stdout`, which would take most of the run time. */
function print(text: string): void {
  try {
    writeSync(1, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAGAIN')
      process.stdout.write(text) // a full, non-blocking pipe
    else if (code !== 'EPIPE') throw error
  }
}
