// A file system in memory that can be filled to the page; root alone may mount one.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, whenOver } from './support.ts'

const PAGE = Buffer.alloc(4_096, 'x')

export interface SmallDisk {
  /** Where a store may be. */
  readonly directory: string
  /** Takes every page but `free` of them, for `name`. */
  fill(free: number, name?: string): void
  /** Gives the pages of `name` back. */
  empty(name?: string): void
  /** Takes the store away. */
  clear(): void
}

/** A disk of `pages` pages, which goes when the test is over. */
export function smallDisk(pages: number): SmallDisk {
  const mount = join(temporaryFolder(), 'disk')
  mkdirSync(mount)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${pages * 4}k`, 'tmpfs', mount])
  whenOver(() => execFileSync('umount', [mount]))
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
