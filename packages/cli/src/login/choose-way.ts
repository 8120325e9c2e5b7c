import type { Provider } from '@latchkey/core'
import { UsageError } from '../usage-error.ts'

/** The ways to sign in. */
export type WayName = 'loopback' | 'paste' | 'pin' | 'device'

/** What the choice depends on. */
export interface Circumstances {
  readonly grants: Provider['grants']
  readonly hasBrowser: boolean
  readonly redirect_uri: string | undefined
  /** What the command line says. */
  readonly options: Readonly<Partial<Record<WayName | 'port', unknown>>>
}

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/

/**
 * The way to sign in: the one that was asked for; else through a browser that is here and comes back by itself; else
 * the easiest that needs none.
 *
 * @throws {UsageError} when the command line contradicts itself.
 */
export function chooseWay({ grants, hasBrowser, redirect_uri, options }: Circumstances): WayName {
  const asked = (['pin', 'device', 'paste'] as const).filter(way => options[way])
  if (asked.length + (options.port === undefined ? 0 : 1) > 1)
    throw new UsageError('--pin, --device, --paste and --port are ways of their own: choose one')
  if (asked[0]) return asked[0]
  const comesBack = redirect_uri === undefined || LOOPBACK.test(redirect_uri)
  if (options.port !== undefined) {
    if (comesBack) return 'loopback'
    throw new UsageError(`--port is of no use: the registered redirect_uri is ${redirect_uri}`)
  }
  if (hasBrowser && comesBack && grants.includes('authorization_code')) return 'loopback'
  if (grants.includes('device_code')) return 'device'
  return grants.includes('pin') ? 'pin' : 'paste'
}
