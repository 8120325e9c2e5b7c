/**
 * Calls `onFreeze` before this page is frozen or put into the back/forward cache, and `onResume` when it runs again.
 * Returns a function that stops this. Does nothing in workers.
 */
export function watchLifecycle({ onFreeze, onResume }: { onFreeze(): void; onResume(): void }): () => void {
  const controller = new AbortController()
  const { signal } = controller
  if (typeof document !== 'undefined') {
    const ifCached = (then: () => void) => (event: PageTransitionEvent) => event.persisted && then()
    addEventListener('pagehide', ifCached(onFreeze), { signal })
    addEventListener('pageshow', ifCached(onResume), { signal })
    document.addEventListener('freeze', onFreeze, { signal })
    document.addEventListener('resume', onResume, { signal })
  }
  return () => controller.abort()
}
