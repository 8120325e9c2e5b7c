import type { Settings } from './settings.ts'

/** Returns which account the settings mean, and where its tokens are. */
export function placeOf({ provider, entry, account, store }: Settings): string {
  const place = 'directory' in store ? `the folder ${store.directory}` : 'Redis' // its URL may have a password
  return `provider ${provider}, client ${entry.client_id ?? 'unknown'}, account ${account}, in ${place}`
}
