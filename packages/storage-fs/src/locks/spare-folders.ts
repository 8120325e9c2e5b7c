// Empty folders, `<scope>/~<random>.spare`, kept for the next locks: on a full disk no folder can be created, but an
// existing one can be renamed.
import { attempt, codeOf, recover } from '../errors.ts'
import { randomName } from '../files/account-names.ts'
import type { SafeFiles } from '../files/safe-files.ts'

/** How many spare folders a scope keeps. */
const MOST = 64

const SOCKET = /^~[0-9a-f]{16}$/
const SPARE = /^~[0-9a-f]{16}\.spare$/
export const spareName = (): string => `~${randomName()}.spare`

export class SpareFolders {
  readonly #scopeFolder: string
  #names: string[] | undefined

  constructor(scopeFolder: string) {
    this.#scopeFolder = scopeFolder
  }

  /** Puts an empty folder at `path`; resolves to `false` if the disk is full and locks use all spare folders. */
  async take(files: SafeFiles, path: string): Promise<boolean> {
    this.#names ??= (await files.list(this.#scopeFolder)).filter(isSpare)
    if (await this.#takeKnown(files, path)) return true
    try {
      await files.makeFolder(path)
      return true
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT'].includes(codeOf(error))) throw error
      const names = await files.list(this.#scopeFolder)
      this.#names = names.filter(isSpare)
      if (await this.#takeKnown(files, path)) return true
      if (names.some(name => !SOCKET.test(name))) return false
      throw error
    }
  }

  /** Keeps the empty folder at `path`; ignores errors. */
  async keep(files: SafeFiles, path: string): Promise<void> {
    const name = spareName()
    const names = (this.#names ??= [])
    if (names.length >= MOST) await attempt(files.fs.rmdir(path))
    else if (await attempt(files.fs.rename(path, `${this.#scopeFolder}/${name}`))) names.push(name)
  }

  async #takeKnown({ fs }: SafeFiles, path: string): Promise<boolean> {
    for (let name; (name = this.#names?.pop());) {
      const rename = fs.rename(`${this.#scopeFolder}/${name}`, path).then(() => true)
      if (await recover(['ENOENT'], rename, false)) return true
    }
    return false
  }
}

const isSpare = (name: string): boolean => SPARE.test(name)

/** Returns the entries of a scope's folder that are spare folders to keep. */
export function sparesToKeep(names: readonly string[]): readonly string[] {
  return names.filter(isSpare).slice(0, MOST)
}
