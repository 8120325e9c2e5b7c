// The time line of a process: runs of frames in which it looks the same.
import type { Frame, Look } from './frame.ts'

/** How many frames a time line shows. */
export const SPAN = 60

/** A run of frames: where it starts on the time line, and how many frames it lasts. */
export interface Run {
  readonly look: Look | 'request' | 'time'
  readonly from: number
  readonly length: number
}

/** Returns the runs of the last frames up to a position. */
function runsOf(
  frames: readonly Frame[],
  position: number,
  look: (at: number) => Run['look'] | undefined,
): Run[] {
  const start = Math.max(0, Math.min(position, frames.length - 1) - SPAN + 1)
  const runs: Run[] = []
  for (let at = start; at <= position && at < frames.length; at++) {
    const now = look(at)
    const last = runs.at(-1)
    if (now === undefined) continue
    if (last?.look === now && last.from + last.length === at - start)
      runs[runs.length - 1] = { ...last, length: last.length + 1 }
    else runs.push({ look: now, from: at - start, length: 1 })
  }
  return runs
}

export type SideName = 'latchkey' | 'naive'

export function runsOfProcess(
  frames: readonly Frame[],
  position: number,
  side: SideName,
  process: number,
): Run[] {
  return runsOf(frames, position, at => frames[at]![side].processes[process]!.look)
}

/** Returns when requests reached the server, and when time passed. */
export function runsOfServer(frames: readonly Frame[], position: number, side: SideName): Run[] {
  return runsOf(frames, position, at => {
    const requests = frames[at]![side].requests - (frames[at - 1]?.[side].requests ?? 0)
    return requests > 0 ? 'request' : frames[at]!.passedMs > 0 ? 'time' : undefined
  })
}
