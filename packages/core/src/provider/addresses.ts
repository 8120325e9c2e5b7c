import { platform } from '../platform.ts'
import { checkType } from '../util/check-type.ts'

/**
 * Checks `baseUrl` and returns the endpoint at `path` below it, as `new URL()` writes it. Errors call the URL `name`.
 *
 * @throws {TypeError} when it is not an absolute https URL without a fragment, user name, password, white space and
 *   control character. http is for loopback only.
 */
export function endpoint(baseUrl: string, path = '', name = 'baseUrl'): string {
  let url
  try {
    url = new platform.URL(baseUrl)
  } catch {
    const shown = JSON.stringify(baseUrl.replace(/^.*@/s, '[redacted]@'))
    throw new TypeError(`${name} must be an absolute URL, got ${shown}`)
  }
  if (!isPlain(baseUrl))
    throw new TypeError(`${name} must not have a user name, a password, white space or a control character`)
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if ((url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) || baseUrl.includes('#'))
    throw new TypeError(
      `${name} must be an https URL (http on loopback only) without a fragment, got ${JSON.stringify(baseUrl)}`,
    )
  if (!path) return url.href
  if (url.search) throw new TypeError(`${name} must not have a query`)
  return withoutFinalSlashes(url.href) + path
}

/** Whether a valid URL has no user name, password, white space or control character: these mislead readers. */
export function isPlain(text: string): boolean {
  const { username, password } = new platform.URL(text)
  return !username && !password && !/[\0-\x20\x7f]/.test(text)
}

/** Returns a URL without slashes at its end. An expression would take quadratic time for a URL of slashes. */
function withoutFinalSlashes(url: string): string {
  let end = url.length
  while (url[end - 1] === '/') end--
  return url.slice(0, end)
}

/**
 * Returns the name of a provider at `baseUrl`: `product` at its own address, else with the address, because store keys
 * contain it, and no token may reach another server.
 */
export function instanceName(product: string, baseUrl: string, defaultUrl?: string): string {
  const url = withoutFinalSlashes(endpoint(baseUrl))
  return url === defaultUrl ? product : `${product}.${url.replace(/^https?:\/\//, '')}`
}

/**
 * Checks that `value` is an origin to which requests are private: https, or http on loopback.
 *
 * @throws {TypeError} when it is not. The message calls it `name`.
 */
export function checkOrigin(name: string, value: unknown): void {
  checkType(name, value, 'string')
  if (originOf(endpoint(value as string, '', name)) !== value || (value as string).includes('*'))
    throw new TypeError(`${name} must be an origin: scheme, host and port, without a path`)
}

/** Returns the origin of an absolute URL. */
export function originOf(url: string): string {
  return new platform.URL(url).origin
}
