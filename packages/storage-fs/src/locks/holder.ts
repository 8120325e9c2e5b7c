import { attempt } from '../errors.ts'
import { randomName } from '../files/account-names.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { type LivenessSocket, openLivenessSocket, socketExists } from './liveness-socket.ts'

/** A store as the holder of locks: one id and one liveness socket for all locks that it holds at the same time. */
export class Holder {
  readonly id: string = randomName()
  readonly #folder: string
  #opening: Promise<LivenessSocket> | undefined
  #locks = 0
  #isRetired = false

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Prepares for one more lock; resolves to `false` when that needs a new holder. */
  async join(files: SafeFiles): Promise<boolean> {
    if (this.#isRetired) return false
    this.#locks += 1
    const { descriptors, patience } = files
    const open = (): Promise<LivenessSocket> =>
      openLivenessSocket(this.#folder, `~${this.id}`, descriptors.maxConnections)
    try {
      this.#opening ??= descriptors.retry(patience, open)
      await this.#opening
      if (await socketExists(this.#folder, `~${this.id}`)) return true // the folder was not removed
    } catch (error) {
      await this.leave(false)
      throw error
    }
    await this.leave(false)
    return false
  }

  /**
   * Ends one lock, and reports it to those who wait. After the last one the socket closes.
   * @param isReleased `false` if the lock still names this holder: it must die, so that others can take the lock over
   */
  async leave(isReleased: boolean, lock = ''): Promise<void> {
    this.#locks -= 1
    this.#isRetired ||= !isReleased || this.#locks === 0
    const opening = this.#opening
    if (!opening) return
    await attempt(
      opening.then(socket => {
        if (this.#locks === 0) socket.close()
        else socket.announce(lock)
      }),
    )
  }
}
