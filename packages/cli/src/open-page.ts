import open from 'open'

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

/** Opens a page in the user's browser; resolves to `false` if users must open it themselves. */
export async function openPage(url: string): Promise<boolean> {
  if (!hasBrowser()) return false
  const { BROWSER } = process.env
  try {
    const browser = await open(url, BROWSER ? { app: { name: BROWSER } } : {})
    return await new Promise<boolean>(resolve => {
      browser.once('spawn', () => resolve(true))
      browser.once('error', () => resolve(false))
      if (browser.pid !== undefined) resolve(true)
    })
  } catch {
    return false
  }
}
