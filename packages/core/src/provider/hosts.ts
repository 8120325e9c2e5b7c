import { own } from '../util/own.ts'
import { originOf } from './addresses.ts'
import type { Provider, RedirectParameters } from './provider.ts'

/**
 * Returns the provider with the endpoints of the server that a redirect names: those at one of `hosts.allowed` are moved to
 * it. Without the parameter it returns the provider itself; `undefined` for a server that is not allowed.
 */
export function serverAt(provider: Provider, redirect: RedirectParameters): Provider | undefined {
  const { from, allowed = [] } = provider.hosts ?? {}
  const named = from && own(redirect, from.redirect)
  if (named === undefined) return provider
  if (!allowed.includes(named as string)) return undefined
  const moved = Object.entries(provider).flatMap(([member, url]: [string, string]) => {
    if (!member.endsWith('Endpoint')) return []
    const origin = originOf(url)
    return allowed.includes(origin) ? [[member, (named as string) + url.slice(origin.length)]] : []
  })
  return { ...provider, ...(Object.fromEntries(moved) as Partial<Provider>) }
}
