import { attempt, recover } from '../errors.ts'
import { randomName } from '../files/account-names.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { spareName } from './spare-folders.ts'

/** The name of a folder with some spare folders. It becomes that of the next scope, even on a full disk. */
export const NEXT_SCOPE = 'next'

const SPARES = 4

/** Creates the folder of the next scope, if there is none and the disk has space. */
export async function prepareNextScope(files: SafeFiles, locks: string): Promise<void> {
  if (await files.checkFolder(`${locks}/${NEXT_SCOPE}`)) return
  const folder = `${locks}/${randomName()}`
  const prepare = async (): Promise<void> => {
    await files.makeFolder(folder)
    for (let n = 0; n < SPARES; n++) await files.makeFolder(`${folder}/${spareName()}`)
    await files.fs.rename(folder, `${locks}/${NEXT_SCOPE}`)
  }
  if (!(await attempt(prepare()))) await attempt(removeScope(files, folder))
}

/** Makes sure of the folder of the scope `name`. */
export async function openScope(files: SafeFiles, locks: string, name: string): Promise<string> {
  const folder = `${locks}/${name}`
  if (await files.checkFolder(folder)) return folder
  const rename = files.fs.rename(`${locks}/${NEXT_SCOPE}`, folder)
  await recover(['ENOENT', 'EEXIST', 'ENOTEMPTY', 'EPERM'], rename, undefined) // another process was faster
  await files.ensureFolder(folder)
  return folder
}

/** Removes a scope's folder that was last used before a time, Unix time in ms, with what it contains. */
export async function removeScope(
  files: SafeFiles,
  scopeFolder: string,
  beforeMs: number = Infinity,
): Promise<void> {
  // First the names, then the time: what others add later stays, and with it the folder.
  const names = await recover(['ENOENT'], files.list(scopeFolder), [])
  if ((await files.fs.lstat(scopeFolder)).mtimeMs >= beforeMs) return
  for (const name of names)
    if (!(await attempt(files.fs.unlink(`${scopeFolder}/${name}`))))
      await attempt(files.removeFolder(`${scopeFolder}/${name}`))
  await attempt(files.fs.rmdir(scopeFolder))
}
