import open from 'open'

/** Opens a URL in the user's browser. Returns `false` if there is none. */
export async function openInBrowser(url: string): Promise<boolean> {
  if (!hasBrowser(process.env, process.platform)) return false
  return open(url).then(
    () => true,
    () => false,
  )
}

/** Returns whether a browser can open on this display. Over SSH it would open on another machine. */
function hasBrowser(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (env.BROWSER === 'none' || env.SSH_CONNECTION) return false
  return platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME)
}
