// A lock is a folder that contains one name: that of its holder's liveness socket. When the holder dies, the system
// closes the socket at once; a stopped holder still listens. No decision depends on a clock.
//
//   <scope>/~<holder>           the holder's liveness socket
//   <scope>/<key>/<holder>      the lock
//
// Each step is a rename that only one process can do:
// - take a free lock: rename a folder that contains our name to <key>; it fails while <key> contains a name;
// - take over a dead holder's lock: rename <key>/<dead> to <key>/<own>; it fails if another process was faster.
//   No name is used twice, so this never affects a later holder;
// - release: rename <key> away, and only then close the socket.
import type { Clock } from '@latchkey/core/ports'
import { codeOf, attempt, StoreUnsafeError, recover } from '../errors.ts'
import { randomName } from '../files/account-names.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { type LivenessSocket, openLivenessSocket, checkLiveness } from './liveness-socket.ts'
import type { Timeout } from './timeout.ts'

const HOLDER = /^[0-9a-f]{16}$/

/** How often to check a holder whose end is not reported by the connection, in ms. */
const POLL_MS = 20

/** One attempt to acquire one lock. */
export class FolderLock {
  readonly #files: SafeFiles
  readonly #clock: Clock
  readonly #scopeFolder: string
  readonly #lock: string
  readonly #ownId = randomName()
  #socket: LivenessSocket | undefined
  #lastHolder: string | undefined

  constructor(files: SafeFiles, clock: Clock, scopeFolder: string, name: string) {
    this.#files = files
    this.#clock = clock
    this.#scopeFolder = scopeFolder
    this.#lock = `${scopeFolder}/${name}`
  }

  /** Resolves to a function that releases the lock, or to `undefined` if the timeout expired first. */
  async acquire(timeout: Timeout): Promise<(() => Promise<void>) | undefined> {
    let acquired = false
    try {
      while (!acquired) {
        const holder = await this.#readHolder()
        if (holder !== undefined && !(await this.#isDead(holder, timeout))) {
          if (timeout.hasExpired()) return undefined
          continue
        }
        this.#socket ??= await openLivenessSocket(this.#scopeFolder, `~${this.#ownId}`)
        acquired = await (holder === undefined ? this.#takeFree() : this.#takeOver(holder))
      }
    } finally {
      if (!acquired) this.#socket?.close()
    }
    return () => this.#release()
  }

  /** Reads the name of the holder, alive or dead. */
  async #readHolder(): Promise<string | undefined> {
    const names = await recover(['ENOENT'], this.#files.fs.readdir(this.#lock), [])
    const holder = names.find(name => HOLDER.test(name))
    if (holder === undefined && names.length > 0)
      throw new StoreUnsafeError(`${this.#lock} contains a file that is not a lock: ${names[0]}`)
    return holder
  }

  /** Resolves to whether the holder is dead. If not, waits for a change first. */
  async #isDead(holder: string, timeout: Timeout): Promise<boolean> {
    const liveness = await checkLiveness(this.#scopeFolder, `~${holder}`)
    if (liveness.type === 'dead') return true
    // A live holder without free file descriptors closes the connection at once: poll it instead.
    const isNotified = liveness.type === 'alive' && this.#lastHolder !== holder
    await Promise.race([isNotified ? liveness.ended : this.#clock.sleep(POLL_MS), timeout.expired])
    this.#lastHolder = holder
    if (liveness.type === 'alive') liveness.disconnect()
    return false
  }

  async #takeFree(): Promise<boolean> {
    const { fs } = this.#files
    const folder = `${this.#scopeFolder}/~${this.#ownId}.new`
    await this.#files.makeFolder(folder)
    try {
      await this.#files.createEmpty(`${folder}/${this.#ownId}`)
      await fs.rename(folder, this.#lock)
      return true
    } catch (error) {
      await this.#files.removeFolder(folder)
      if (['EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) return false
      if (codeOf(error) === 'EPERM' && (await this.#readHolder()) !== undefined) return false // Windows reports EPERM
      throw error
    }
  }

  async #takeOver(dead: string): Promise<boolean> {
    const rename = this.#files.fs.rename(`${this.#lock}/${dead}`, `${this.#lock}/${this.#ownId}`)
    const done = await recover(
      ['ENOENT'],
      rename.then(() => true),
      false,
    )
    if (done) await attempt(this.#files.fs.unlink(`${this.#scopeFolder}/~${dead}`))
    return done
  }

  /** Releases the lock. If the rename fails, the lock has a dead holder, and any process can take it over. */
  async #release(): Promise<void> {
    const socket = this.#socket
    if (!socket) return
    this.#socket = undefined
    const released = `${this.#scopeFolder}/~${this.#ownId}.old`
    const moved = await attempt(this.#files.fs.rename(this.#lock, released))
    socket.close()
    if (moved) await attempt(this.#files.removeFolder(released))
  }
}
