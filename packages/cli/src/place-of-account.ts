import type { Settings, StoreSettings } from './settings.ts'

/** Returns which account the settings mean, and where its tokens are. */
export function placeOf({ provider, entry, account, store }: Settings): string {
  const place = 'directory' in store ? `the folder ${store.directory}${encryptionOf(store)}` : 'Redis' // its URL may have a password
  const client = entry.client_id === undefined ? 'no client' : `client ${entry.client_id}`
  return `provider ${provider}, ${client}, account ${account}, in ${place}`
}

const ENCRYPTIONS = {
  on: 'encrypted with a key in the keychain',
  'turning-on': 'partly encrypted with a key in the keychain',
  'turning-off': 'partly encrypted with a key in the keychain',
} as const

/** Returns how the files of a store are encrypted, after a comma. */
export function encryptionOf(store: StoreSettings): string {
  return 'keychain' in store ? `, ${ENCRYPTIONS[store.keychain!]}` : ''
}
