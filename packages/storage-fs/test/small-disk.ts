// Small file systems that can be filled: one in memory, to the page, and one of ext4, which also needs blocks for folders.
// Only root can mount them.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
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

/** A disk in memory of `pages` pages, removed after the test. */
export function smallDisk(pages: number): SmallDisk {
  return mounted(['-t', 'tmpfs', '-o', `size=${pages * 4}k`, 'tmpfs'])
}

/** A disk of 8 MiB with ext4, removed after the test. */
export function ext4Disk(): SmallDisk {
  const image = join(temporaryFolder(), 'image')
  writeFileSync(image, '')
  truncateSync(image, 8 << 20)
  execFileSync('mkfs.ext4', ['-q', '-b', '4096', '-m', '0', image])
  // cspell:ignore nodelalloc
  // With delayed allocation, some pages cannot be filled.
  return mounted(['-o', 'loop,nodelalloc', image])
}

function mounted(options: readonly string[]): SmallDisk {
  const mount = join(temporaryFolder(), 'disk')
  mkdirSync(mount)
  execFileSync('mount', [...options, mount])
  afterTest(() => execFileSync('umount', [mount]))
  const directory = join(mount, 'tokens')
  const freePages = (): number => Number(statfsSync(mount).bavail)
  return {
    directory,
    fill(free, name = 'others') {
      const others = openSync(join(mount, name), 'w')
      try {
        for (let left = freePages() - free; left > 0; left--) writeSync(others, PAGE)
      } catch (error) {
        // ext4 uses some pages to describe the others.
        if ((error as { code: string }).code !== 'ENOSPC') throw error
      } finally {
        closeSync(others)
      }
      if (freePages() > free) throw new Error('the disk could not be filled')
    },
    empty: (name = 'others') => unlinkSync(join(mount, name)),
    clear: () => rmSync(directory, { recursive: true }),
  }
}
