import open from 'open'
import { type RedirectFile, writeRedirectFile } from './redirect-file.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Returns whether a browser can be opened here: not over SSH, where it would open elsewhere, and not without a display.
 * `BROWSER` overrides both; its value `none` means that there is none.
 */
export function hasBrowser(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (env['BROWSER']) return env['BROWSER'] !== 'none'
  if (env['SSH_CONNECTION']) return false
  return platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'] || env['WSL_DISTRO_NAME'])
}

/** A page that a browser is opening. Dispose of it when the browser has it. */
export interface OpenedPage extends Disposable {
  /** Whether a browser was started; otherwise users must open the page themselves. */
  readonly isOpen: boolean
}

const NOT_OPENED: OpenedPage = { isOpen: false, [Symbol.dispose]() {} }

/** Opens a page in the user's browser. `onFailure` is called with the reason if the browser ends with an error. */
export async function openPage(url: string, onFailure: (reason: string) => void): Promise<OpenedPage> {
  if (!hasBrowser()) return NOT_OPENED
  const { BROWSER, WSL_DISTRO_NAME } = process.env
  let file: RedirectFile | undefined
  try {
    // A browser of Windows cannot open a file of Linux. Its address is not readable on the command line.
    file = WSL_DISTRO_NAME && !BROWSER ? undefined : writeRedirectFile(url)
    const browser = await open(file?.path ?? url, BROWSER ? { app: { name: BROWSER } } : {})
    const isOpen = await new Promise<boolean>(resolve => {
      browser.once('spawn', () => resolve(true))
      browser.once('error', () => resolve(false))
      if (browser.pid !== undefined) resolve(true)
    })
    if (isOpen)
      browser.once('exit', (code, signal) => {
        if (code !== 0) onFailure(code === null ? `it ended by ${signal}` : `exit code ${code}`)
      })
    return { isOpen, [Symbol.dispose]: () => file?.[Symbol.dispose]() }
  } catch {
    file?.[Symbol.dispose]()
    return NOT_OPENED
  }
}
