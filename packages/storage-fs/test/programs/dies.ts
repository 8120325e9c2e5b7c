// dies DIRECTORY SCENE N: runs the scenario and kills itself before its Nth file system call, or after half of a
// write. Prints `acted` if it finishes. With N = -1, prints each call on a line instead.
import { writeSync } from 'node:fs'
import { type Call, interceptFiles } from '../intercepted-files.ts'
import { open, SCENES } from '../scenarios.ts'

const [directory, scene, n] = process.argv.slice(2)
let count = -1
let cut = false

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('killed')
}

const store = open(
  directory!,
  interceptFiles((call: Call) => {
    if (count < 0) return
    if (Number(n) < 0) writeSync(1, `${call.name} ${call.path.replace(directory!, '')}\n`)
    if (cut) die()
    if (count++ !== Number(n)) return
    if (call.bytes === undefined) die()
    cut = true
    return Math.floor(call.bytes / 2)
  }),
)
await store.read('another key') // opens the directory
count = 0
await SCENES[scene!]!.act(store)
count = -1
writeSync(1, 'acted\n')
