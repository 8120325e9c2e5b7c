// A lock is a folder that holds one name: that of its holder's beacon. Who dies is seen at once, for the system
// closes what he listened on; who is stopped listens still. No clock decides anything.
//
//   <circle>/~<holder>           the holder's beacon
//   <circle>/<key>/<holder>      the lock
//
// Each step is a rename that one process alone can do:
// - take a free lock: rename a folder with the own name in it to <key>, which fails while there is one with a name;
// - take over a dead one: rename <key>/<dead> to <key>/<own>, which fails when another has done so. No name is used
//   twice, so that this never hits a holder who came later;
// - release: rename <key> away, and only then put the beacon out.
import type { Clock } from '@latchkey/core/ports'
import { codeOf, quietly, StoreUnsafeError, unless } from '../errors.ts'
import { randomName } from '../files/account-names.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { type Beacon, light, sight } from './beacon.ts'
import type { Patience } from './patience.ts'

const HOLDER = /^[0-9a-f]{16}$/

/** How long who is not told of the end, or told too early, waits before looking again, in ms. */
const CROWDED_MS = 20

/** One attempt to hold one lock. */
export class FolderLock {
  readonly #files: SafeFiles
  readonly #clock: Clock
  readonly #circle: string
  readonly #lock: string
  readonly #me = randomName()
  #beacon: Beacon | undefined
  #left: string | undefined

  constructor(files: SafeFiles, clock: Clock, circle: string, name: string) {
    this.#files = files
    this.#clock = clock
    this.#circle = circle
    this.#lock = `${circle}/${name}`
  }

  /** Resolves to what releases the lock, or to `undefined` when patience was over first. */
  async acquire(patience: Patience): Promise<(() => Promise<void>) | undefined> {
    let held = false
    try {
      while (!held) {
        const holder = await this.#holder()
        if (holder !== undefined && !(await this.#isOut(holder, patience))) {
          if (patience.isOver()) return undefined
          continue
        }
        this.#beacon ??= await light(this.#circle, `~${this.#me}`)
        held = await (holder === undefined ? this.#take() : this.#takeOver(holder))
      }
    } finally {
      if (!held) this.#beacon?.extinguish()
    }
    return () => this.#release()
  }

  /** Who has the lock, alive or dead. */
  async #holder(): Promise<string | undefined> {
    const names = await unless(['ENOENT'], this.#files.fs.readdir(this.#lock), [])
    const holder = names.find(name => HOLDER.test(name))
    if (holder === undefined && names.length > 0)
      throw new StoreUnsafeError(`${this.#lock} holds what is no lock: ${names[0]}`)
    return holder
  }

  /** Whether the holder is dead; where he lives, waits for a change. */
  async #isOut(holder: string, patience: Patience): Promise<boolean> {
    const seen = await sight(this.#circle, `~${holder}`)
    if (seen.type === 'out') return true
    // A holder with no file descriptor to spare hangs up on who waits, and holds on.
    const told = seen.type === 'lit' && this.#left !== holder
    await Promise.race([told ? seen.ended : this.#clock.sleep(CROWDED_MS), patience.over])
    this.#left = holder
    if (seen.type === 'lit') seen.leave()
    return false
  }

  async #take(): Promise<boolean> {
    const { fs } = this.#files
    const folder = `${this.#circle}/~${this.#me}.new`
    await this.#files.makeFolder(folder)
    try {
      await this.#files.mark(`${folder}/${this.#me}`)
      await fs.rename(folder, this.#lock)
      return true
    } catch (error) {
      await this.#files.removeFolder(folder)
      if (['EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) return false
      if (codeOf(error) === 'EPERM' && (await this.#holder()) !== undefined) return false // so says Windows
      throw error
    }
  }

  async #takeOver(dead: string): Promise<boolean> {
    const rename = this.#files.fs.rename(`${this.#lock}/${dead}`, `${this.#lock}/${this.#me}`)
    const done = await unless(
      ['ENOENT'],
      rename.then(() => true),
      false,
    )
    if (done) await quietly(this.#files.fs.unlink(`${this.#circle}/~${dead}`))
    return done
  }

  /** What cannot be taken away is a dead holder's then, and anybody may take it over. */
  async #release(): Promise<void> {
    const beacon = this.#beacon
    if (!beacon) return
    this.#beacon = undefined
    const old = `${this.#circle}/~${this.#me}.old`
    const moved = await quietly(this.#files.fs.rename(this.#lock, old))
    beacon.extinguish()
    if (moved) await quietly(this.#files.removeFolder(old))
  }
}
