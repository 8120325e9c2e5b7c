// A lock is a folder that contains one name: its holder's. When the holder dies, the system closes its liveness socket at
// once; a stopped holder still listens. No decision depends on a clock.
//
//   <scope>/~<holder>           the holder's liveness socket
//   <scope>/<key>/<holder>      the lock
//
// Each step is a rename that only one process can do:
// - take a free lock: rename a folder that contains our name to <key>; it fails while <key> contains a name;
// - take over a dead holder's lock: rename <key>/<dead> to <key>/<own>; it fails if another process was faster.
//   A holder that died never holds a lock again, so this never affects a later one;
// - release: rename <key> away, and only then report it.
import type { Clock } from '@latchkey/core/ports'
import { attempt, codeOf, recover, StoreUnsafeError } from '../errors.ts'
import { randomName } from '../files/account-names.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import type { Holder } from './holder.ts'
import type { HolderWatches, Watch } from './holder-watches.ts'
import type { SpareFolders } from './spare-folders.ts'
import type { Timeout } from './timeout.ts'

const HOLDER = /^[0-9a-f]{16}$/

/** How often to check a holder that accepts no connection, in ms. */
const POLL_MS = 20

/** What the locks of a store share. */
export interface LockContext {
  readonly files: SafeFiles
  readonly clock: Clock
  /** The folder of the scope. */
  readonly folder: string
  readonly spares: SpareFolders
  readonly watches: HolderWatches
  /** Returns this store as a holder, with one more lock. */
  readonly join: () => Promise<Holder>
}

/** One attempt to acquire one lock. */
export class FolderLock {
  readonly #context: LockContext
  readonly #files: SafeFiles
  readonly #name: string
  readonly #lock: string

  constructor(context: LockContext, name: string) {
    this.#context = context
    this.#files = context.files
    this.#name = name
    this.#lock = `${context.folder}/${name}`
  }

  /** Resolves to a function that releases the lock, or to `undefined` if the timeout expired first. */
  async acquire(timeout: Timeout): Promise<(() => Promise<void>) | undefined> {
    const { folder, watches } = this.#context
    let watch: Watch | undefined
    try {
      for (;;) {
        const holder = await this.#readHolder()
        if (holder !== undefined) {
          // A live holder without free file descriptors closes the connection at once: poll it instead.
          const isPolled = watch?.holder === holder && watch.isOver
          const isNew = watch?.holder !== holder || isPolled
          if (isNew) {
            watch?.end()
            watch = await watches.watch(this.#files, folder, holder, this.#name)
          }
          if (watch) {
            if (timeout.hasExpired()) return undefined
            if (isNew && !isPolled) continue // it may have been released just before
            const change = isPolled ? this.#context.clock.sleep(POLL_MS) : watch.changed()
            await Promise.race([change, timeout.expired])
            continue
          }
        }
        const release = await this.#take(holder)
        if (release || timeout.hasExpired()) return release
      }
    } finally {
      watch?.end()
    }
  }

  /** Reads the name of the holder, alive or dead. */
  async #readHolder(): Promise<string | undefined> {
    const names = await recover(['ENOENT'], this.#files.list(this.#lock), [])
    const holder = names.find(name => HOLDER.test(name))
    if (holder === undefined && names.length > 0)
      throw new StoreUnsafeError(`${this.#lock} contains a file that is not a lock: ${names[0]}`)
    return holder
  }

  /** Takes the lock, which is free or has a dead holder; resolves to `undefined` if another process was faster. */
  async #take(dead: string | undefined): Promise<(() => Promise<void>) | undefined> {
    const own = await this.#context.join()
    let giveBack: (() => void) | undefined
    let taken = false
    try {
      giveBack = await this.#files.descriptors.reserve(this.#files.patience)
      taken = await (dead === undefined ? this.#takeFree(own.id) : this.#takeOver(dead, own.id))
    } finally {
      if (!taken) {
        // A network file system can report a failure of a rename that it made: the lock then names us.
        const isNamed = giveBack !== undefined && (await this.#readHolder().catch(() => own.id)) === own.id
        giveBack?.()
        await own.leave(!isNamed)
      }
    }
    if (!taken) return undefined
    let isHeld = true
    return async () => {
      if (!isHeld) return
      isHeld = false
      await this.#release(own)
      giveBack?.()
    }
  }

  async #takeFree(own: string): Promise<boolean> {
    const { folder, spares, clock } = this.#context
    const made = `${folder}/~${randomName()}.new`
    if (!(await spares.take(this.#files, made))) {
      await clock.sleep(POLL_MS)
      return false
    }
    try {
      await this.#files.createEmpty(`${made}/${own}`)
      await this.#files.fs.rename(made, this.#lock)
      return true
    } catch (error) {
      await this.#keep(made, own)
      if (['EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) return false
      if (codeOf(error) === 'EPERM' && (await this.#readHolder()) !== undefined) return false // Windows reports EPERM
      throw error
    }
  }

  /** Keeps a folder that contains only our name for another lock, once it is empty. */
  async #keep(folder: string, own: string): Promise<void> {
    const unlink = recover(['ENOENT'], this.#files.fs.unlink(`${folder}/${own}`), undefined)
    if (await attempt(unlink)) await this.#context.spares.keep(this.#files, folder)
  }

  async #takeOver(dead: string, own: string): Promise<boolean> {
    const rename = this.#files.fs.rename(`${this.#lock}/${dead}`, `${this.#lock}/${own}`)
    const done = await recover(
      ['ENOENT'],
      rename.then(() => true),
      false,
    )
    if (done) await attempt(this.#files.fs.unlink(`${this.#context.folder}/~${dead}`))
    return done
  }

  /** Releases the lock. If the rename fails, the holder retires and dies, and any process can take the lock over. */
  async #release(own: Holder): Promise<void> {
    const { fs } = this.#files
    const released = `${this.#context.folder}/~${randomName()}.old`
    let isMoved = false
    try {
      // If someone removed the folder, the lock may already belong to another.
      isMoved = await recover(
        ['ENOENT'],
        fs.lstat(`${this.#lock}/${own.id}`).then(() => true),
        false,
      )
      if (isMoved) await fs.rename(this.#lock, released)
      await own.leave(true, this.#name)
    } catch {
      await own.leave(false, this.#name)
      return
    }
    if (isMoved) await this.#keep(released, own.id)
  }
}
