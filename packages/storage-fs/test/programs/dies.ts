// dies DIRECTORY SCENE N: prepares nothing, acts, and kills itself before its Nth call to the disk; where that is a
// write, after half of it. Writes `acted` when it got through. N -1: tells the calls instead, a line each.
import { writeSync } from 'node:fs'
import { type Call, meddling } from '../meddling.ts'
import { open, SCENES } from '../scenes.ts'

const [directory, scene, n] = process.argv.slice(2)
let count = -1
let cut = false

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('killed')
}

const store = open(
  directory!,
  meddling((call: Call) => {
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
