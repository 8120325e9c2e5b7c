import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Watches of folders that may not be there yet, or be taken away and made anew. They keep no process alive. */
export class Watches {
  readonly #watches = new Map<string, FolderWatch>()

  /** Calls `listener` now and whenever the folder may have changed. */
  add(folder: string, listener: () => void): () => void {
    const watch = this.#watches.get(folder) ?? new FolderWatch(folder)
    this.#watches.set(folder, watch)
    watch.listeners.add(listener)
    watch.arm()
    call(listener)
    return () => {
      watch.listeners.delete(listener)
      if (watch.listeners.size > 0 || this.#watches.get(folder) !== watch) return
      this.#watches.delete(folder)
      watch.close()
    }
  }

  close(): void {
    for (const watch of this.#watches.values()) {
      watch.listeners.clear()
      watch.close()
    }
    this.#watches.clear()
  }
}

class FolderWatch {
  readonly listeners = new Set<() => void>()
  readonly #folder: string
  #watcher: FSWatcher | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Watches the folder, or for its coming. */
  arm(): void {
    if (this.#watcher) return
    if (this.#watchFolder()) return
    this.#start(dirname(this.#folder), name => {
      if (name === null || name === basename(this.#folder)) this.#again()
    })
    // It may have come in between.
    const waiting = this.#watcher as FSWatcher | undefined
    if (this.#watchFolder()) waiting?.close()
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #watchFolder(): boolean {
    return this.#start(this.#folder, name => {
      if (name?.endsWith('.json')) this.#tell()
      else if (name === null || name === basename(this.#folder)) this.#again() // the folder itself went
    })
  }

  #again(): void {
    this.close()
    this.arm()
    this.#tell()
  }

  #tell(): void {
    for (const listener of [...this.listeners]) call(listener)
  }

  /** `false` where it cannot be watched: there is none, or the system has no watch left, and there are no hints. */
  #start(path: string, changed: (name: string | null) => void): boolean {
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => {
        if (this.#watcher === watcher) changed(name)
      })
      watcher.on('error', () => watcher.close())
      this.#watcher = watcher
      return true
    } catch {
      return false
    }
  }
}

/** A listener that fails disturbs nobody. */
function call(listener: () => void): void {
  try {
    listener()
  } catch {
    // It is only a hint.
  }
}
