/**
 * Calls `asleep` when this page is about to be frozen or put into the back/forward cache, and `awake` when it runs
 * again, having heard nothing meanwhile; returns what ends that. Workers have neither.
 */
export function onSleep({ asleep, awake }: { asleep(): void; awake(): void }): () => void {
  const ending = new AbortController()
  const { signal } = ending
  if (typeof document !== 'undefined') {
    const onlyCached = (then: () => void) => (event: PageTransitionEvent) => event.persisted && then()
    addEventListener('pagehide', onlyCached(asleep), { signal })
    addEventListener('pageshow', onlyCached(awake), { signal })
    document.addEventListener('freeze', asleep, { signal })
    document.addEventListener('resume', awake, { signal })
  }
  return () => ending.abort()
}
