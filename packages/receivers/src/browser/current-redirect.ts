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

/**
 * Resolves when the user sees the page; `undefined` if the user does. A browser may prerender a page before the user comes,
 * who may never come. Until then its sessionStorage is a copy.
 */
export function activation(): Promise<unknown> | undefined {
  const { prerendering } = document as { readonly prerendering?: boolean }
  return prerendering
    ? new Promise(resolve => document.addEventListener('prerenderingchange', resolve, { once: true }))
    : undefined
}
