// For bundles for browsers: a service worker cannot import later, and an open page cannot either once a deployment has
// removed the files of its bundle.
import ky, { type KyInstance } from 'ky'

export async function importKy(): Promise<KyInstance> {
  return ky
}
