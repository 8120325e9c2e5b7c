/** Returns a provider name for one instance of a product. Each needs its own, because store keys contain it. */
export function instanceName(product: string, baseUrl: string, defaultUrl?: string): string {
  return baseUrl === defaultUrl ? product : `${product}.${baseUrl.replace(/^https?:\/\/|\/+$/g, '')}`
}
