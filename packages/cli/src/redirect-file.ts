// A browser is started with the path of a private file, because every user of this machine can read a command line, and the
// address of a sign-in has its `state`.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'

const NAME = /^latchkey-[\da-f-]{36}\.html$/

/** How long a browser may take to start. A file is older only if its process was killed. */
const LIFETIME_MS = 60_000

/** A file that redirects a browser, until it is disposed of, or for a minute. */
export interface RedirectFile extends Disposable {
  readonly path: string
}

/** Writes a file of mode 0600 that redirects a browser to `url`. Removes those of processes that were killed. */
export function writeRedirectFile(url: string, env: NodeJS.ProcessEnv = process.env): RedirectFile {
  const { XDG_RUNTIME_DIR = '' } = env
  const folder = isAbsolute(XDG_RUNTIME_DIR) ? XDG_RUNTIME_DIR : tmpdir()
  removeOld(folder)
  const path = join(folder, `latchkey-${randomUUID()}.html`)
  writeFileSync(path, htmlOf(url), { mode: 0o600, flag: 'wx' })
  const remove = (): void => rmSync(path, { force: true })
  const timer = setTimeout(remove, LIFETIME_MS).unref()
  return {
    path,
    [Symbol.dispose]() {
      clearTimeout(timer)
      remove()
    },
  }
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder).filter(name => NAME.test(name)))
    try {
      const path = join(folder, name)
      if (statSync(path).mtimeMs < Date.now() - LIFETIME_MS) rmSync(path)
    } catch {
      // It is another user's, or was just removed.
    }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function htmlOf(url: string): string {
  const escaped = url.replace(/[&<>"]/g, sign => ENTITIES[sign]!)
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="referrer" content="no-referrer" />
  <meta http-equiv="refresh" content="0; url=${escaped}" />
  <title>Sign in</title>
  <p><a href="${escaped}">Sign in</a></p>
</html>
`
}
