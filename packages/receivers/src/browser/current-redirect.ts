import { isRedirect } from '../sign-in.ts'

/** Returns the redirect in the page's address, if any. */
export function currentRedirect(): URL | undefined {
  const address = new URL(location.href)
  return isRedirect(address) ? address : undefined
}

/** Returns the redirect in the page's address and removes it from the address bar and the history. */
export function takeRedirect(): URL | undefined {
  const redirect = currentRedirect()
  if (redirect) history.replaceState(history.state, '', location.pathname)
  return redirect
}
