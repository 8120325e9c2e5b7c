import { isRedirect } from '../sign-in.ts'

/**
 * The redirect that this page was loaded with, taken out of the address bar and the history before anything else
 * can see it; `undefined` when there is none.
 */
export function takeRedirect(): URL | undefined {
  const address = new URL(location.href)
  if (!isRedirect(address)) return undefined
  history.replaceState(history.state, '', location.pathname)
  return address
}
