import { isIPv4 } from 'node:net'

/** Returns whether a host name or an address is loopback. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^::ffff:/, '')
  return host === 'localhost' || host === '::1' || (isIPv4(address) && address.startsWith('127.'))
}

/** Returns a warning about a host that other machines can reach; `undefined` for loopback. */
export function exposureWarning(host: string): string | undefined {
  if (isLoopback(host)) return undefined
  return `${host} is not loopback. Anyone who can reach this machine can sign in to this emulator and obtain tokens. Only the front page and the control endpoint are limited to this machine.`
}

/** The members of a request that show where it comes from. */
export interface Origin {
  /** The remote address of the connection. */
  readonly remoteAddress: string | undefined
  /** The headers `Host`, `Origin` and `Sec-Fetch-Site`. */
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
}

/**
 * Returns whether a request comes from a program on this machine or from the emulator's own pages. `Origin` and
 * `Sec-Fetch-Site` reveal requests from pages of other sites. `Host` reveals DNS rebinding.
 */
export function isLocalRequest({ remoteAddress, host, origin, fetchSite }: Origin): boolean {
  const hostName =
    host !== undefined && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : ''
  // The emulator's pages have the referrer policy no-referrer, so their forms send `Origin: null`.
  const isOwnForm = origin === 'null' && fetchSite === 'same-origin'
  return (
    isLoopback(remoteAddress ?? '') &&
    isLoopback(hostName.replace(/^\[|\]$/g, '')) &&
    (origin === undefined || origin === `http://${host}` || isOwnForm) &&
    (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none')
  )
}
