/** How often the popup's window is checked, in ms. */
const CHECK_INTERVAL_MS = 250

/**
 * Calls `onClosed` when the user has closed the popup, and returns a function that ends the watch.
 *
 * Cross-Origin-Opener-Policy cuts the tie between the windows when a page with it loads: then an open popup looks closed.
 * So `closed` counts only if the popup showed a page of another address while it was tied to this one, in two checks,
 * because a page that cuts the tie can be seen for a moment before it does. And this page must have the focus in two
 * checks in a row: a popup that a later page cut off has the focus itself.
 */
export function watchPopup(popup: Window, onClosed: () => void): () => void {
  let tiedChecks = 0
  let wasClosed = false
  const timer = setInterval(() => {
    if (!popup.closed && hasNavigated(popup)) tiedChecks++
    const isClosed = tiedChecks >= 2 && popup.closed && document.hasFocus()
    if (isClosed && wasClosed) onClosed()
    wasClosed = isClosed
  }, CHECK_INTERVAL_MS)
  return () => clearInterval(timer)
}

/** Returns whether the first page has replaced the popup's initial `about:blank`, which this page can read. */
function hasNavigated(popup: Window): boolean {
  try {
    return popup.location.href !== 'about:blank'
  } catch {
    return true // a page of another origin
  }
}
