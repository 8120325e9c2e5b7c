import { quietly } from '../errors.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { sight } from './beacon.ts'

/** What is this old was left by somebody who died in the middle. */
const ABANDONED_MS = 3_600_000

/** A circle that was not used for so long has ended: its boot is over, or its container gone. */
const ENDED_MS = 30 * 86_400_000

/**
 * Takes away what the dead have left among the locks: beacons nobody listens on, folders half made or half
 * removed, circles of former boots. The file system's own clock tells the age: it has just been written to.
 */
export async function sweep(files: SafeFiles, locks: string, own: string): Promise<void> {
  await quietly(
    (async () => {
      const { fs } = files
      const circle = `${locks}/${own}`
      const { mtimeMs: nowMs } = await fs.lstat(circle)
      const ageOf = async (path: string): Promise<number> => nowMs - (await fs.lstat(path)).mtimeMs
      for (const name of await fs.readdir(circle))
        if (name.startsWith('~') && (await ageOf(`${circle}/${name}`)) > ABANDONED_MS)
          await sweepAttempt(files, circle, name)
      for (const name of await fs.readdir(locks))
        if (name !== own && (await ageOf(`${locks}/${name}`)) > ENDED_MS)
          await sweepCircle(files, `${locks}/${name}`)
    })(),
  )
}

async function sweepAttempt(files: SafeFiles, circle: string, name: string): Promise<void> {
  if (name.includes('.')) return files.removeFolder(`${circle}/${name}`)
  const seen = await sight(circle, name)
  if (seen.type === 'out') await quietly(files.fs.unlink(`${circle}/${name}`))
  else if (seen.type === 'lit') seen.leave()
}

async function sweepCircle(files: SafeFiles, circle: string): Promise<void> {
  for (const name of await files.fs.readdir(circle))
    if (!(await quietly(files.fs.unlink(`${circle}/${name}`))))
      await quietly(files.removeFolder(`${circle}/${name}`))
  await quietly(files.fs.rmdir(circle))
}
