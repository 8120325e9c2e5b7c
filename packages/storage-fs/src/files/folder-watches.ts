import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Watches folders that may be created, removed and created again. Does not keep the process alive. */
export class FolderWatches {
  readonly #watches = new Map<string, FolderWatch>()

  /** Calls `listener` now and whenever the folder may have changed; returns a function that stops this. */
  add(folder: string, listener: () => void): () => void {
    const watch = this.#watches.get(folder) ?? new FolderWatch(folder)
    this.#watches.set(folder, watch)
    watch.listeners.add(listener)
    watch.start()
    callListener(listener)
    return () => {
      watch.listeners.delete(listener)
      if (watch.listeners.size > 0 || this.#watches.get(folder) !== watch) return
      this.#watches.delete(folder)
      watch.close()
    }
  }

  /** Watches again what could not be watched, because the parent was missing. */
  retry(): void {
    for (const watch of this.#watches.values()) watch.start()
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

  /** Watches the folder, or its parent until the folder is created. */
  start(): void {
    if (this.#watcher) return
    if (this.#watchFolder()) return
    const parent = dirname(this.#folder)
    this.#watchPath(parent, name => {
      // The folder was created, or the parent itself was removed.
      if (name === null || [this.#folder, parent].some(path => name === basename(path))) this.#restart()
    })
    // The folder may have been created in between.
    const parentWatcher = this.#watcher as FSWatcher | undefined
    if (this.#watchFolder()) parentWatcher?.close()
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #watchFolder(): boolean {
    return this.#watchPath(this.#folder, name => {
      if (name?.endsWith('.json')) this.#notify()
      else if (name === null || name === basename(this.#folder)) this.#restart() // the folder itself was removed
    })
  }

  #restart(): void {
    this.close()
    this.start()
    this.#notify()
  }

  #notify(): void {
    for (const listener of [...this.listeners]) callListener(listener)
  }

  /** Returns `false` if the path does not exist or the system has no watch left. */
  #watchPath(path: string, changed: (name: string | null) => void): boolean {
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

/** Calls a listener and ignores its errors. */
function callListener(listener: () => void): void {
  try {
    listener()
  } catch {
    // A failing listener must not affect the others.
  }
}
