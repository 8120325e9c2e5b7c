import open from 'open'

/** Opens a page in the person's browser, where there is one; false where they have to open it themselves. */
export async function openPage(url: string): Promise<boolean> {
  if (!hasBrowser(process.env, process.platform)) return false
  return open(url).then(
    () => true,
    () => false,
  )
}

/** Over SSH a browser would open elsewhere; without a display there is none. `BROWSER=none` says so by itself. */
function hasBrowser(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (env.BROWSER === 'none' || env.SSH_CONNECTION) return false
  return platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME)
}
