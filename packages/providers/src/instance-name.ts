/** The name of one of several servers of the same make, since it is part of the keys that tokens are stored under. */
export function instanceName(make: string, baseUrl: string, usual?: string): string {
  return baseUrl === usual ? make : `${make}.${baseUrl.replace(/^https?:\/\/|\/+$/g, '')}`
}
