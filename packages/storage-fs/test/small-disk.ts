// A file system in memory that can be filled to the page; only root can mount one.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, afterTest } from './support.ts'

const PAGE = Buffer.alloc(4_096, 'x')

export interface SmallDisk {
  /** A directory for a store. */
  readonly directory: string
  /** Fills all but `free` pages with a file `name`. */
  fill(free: number, name?: string): void
  /** Removes the file `name`. */
  empty(name?: string): void
  /** Removes the store. */
  clear(): void
}

/** A disk of `pages` pages, removed after the test. */
export function smallDisk(pages: number): SmallDisk {
  const mount = join(temporaryFolder(), 'disk')
  mkdirSync(mount)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${pages * 4}k`, 'tmpfs', mount])
  afterTest(() => execFileSync('umount', [mount]))
  const directory = join(mount, 'tokens')
  const freePages = (): number => Number(statfsSync(mount).bavail)
  return {
    directory,
    fill(free, name = 'others') {
      const others = openSync(join(mount, name), 'w')
      try {
        for (let left = freePages() - free; left > 0; left--) writeSync(others, PAGE)
      } finally {
        closeSync(others)
      }
      if (freePages() > free) throw new Error('the disk could not be filled')
    },
    empty: (name = 'others') => unlinkSync(join(mount, name)),
    clear: () => rmSync(directory, { recursive: true }),
  }
}
