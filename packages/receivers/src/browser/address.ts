import { isRedirect } from '../sign-in.ts'

/** The redirect that this page was loaded with, if any. */
export function redirectHere(): URL | undefined {
  const address = new URL(location.href)
  return isRedirect(address) ? address : undefined
}

/** The same, taken out of the address bar and the history before anything else can see it. */
export function takeRedirect(): URL | undefined {
  const redirect = redirectHere()
  if (redirect) history.replaceState(history.state, '', location.pathname)
  return redirect
}
