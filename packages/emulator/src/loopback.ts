import { isIPv4 } from 'node:net'

/** Whether a host name or an address means this machine only. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^::ffff:/, '')
  return host === 'localhost' || host === '::1' || (isIPv4(address) && address.startsWith('127.'))
}

/** A warning about a host that others can reach; `undefined` for loopback. */
export function exposureWarning(host: string): string | undefined {
  if (isLoopback(host)) return undefined
  return `${host} is not loopback. Everybody who reaches this machine can sign in to this emulator and get tokens; only its front page and its control endpoint are for this machine alone.`
}

/** What a request says of where it comes from. */
export interface Origin {
  /** The address of the other end of the connection. */
  readonly remoteAddress: string | undefined
  /** The headers `Host`, `Origin` and `Sec-Fetch-Site`. */
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
}

/**
 * Whether a request comes from a program or a page of this machine. A page elsewhere can make a browser here
 * send requests, but not without its own `Origin` or `Sec-Fetch-Site`; a name that was pointed at loopback
 * (DNS rebinding) shows in `Host`.
 */
export function isLocalRequest({ remoteAddress, host, origin, fetchSite }: Origin): boolean {
  const hostName =
    host !== undefined && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : ''
  // Pages with a referrer policy of no-referrer, and all of ours have it, submit their forms as Origin: null.
  const isOwnForm = origin === 'null' && fetchSite === 'same-origin'
  return (
    isLoopback(remoteAddress ?? '') &&
    isLoopback(hostName.replace(/^\[|\]$/g, '')) &&
    (origin === undefined || origin === `http://${host}` || isOwnForm) &&
    (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none')
  )
}
