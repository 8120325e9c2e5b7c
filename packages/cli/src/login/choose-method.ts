import type { Provider } from '@latchkey/core'
import { UsageError } from '../usage-error.ts'

/** The methods to sign in. */
export type SignInMethod = 'loopback' | 'paste' | 'pin' | 'device' | 'withToken'

/** The conditions of the choice. */
export interface SignInConditions {
  readonly grants: Provider['grants']
  readonly hasBrowser: boolean
  readonly redirect_uri: string | undefined
  /** The options of the command line. */
  readonly options: Readonly<Partial<Record<SignInMethod | 'port', unknown>>>
}

/** What the server must support. */
const GRANTS: Partial<Record<SignInMethod, Provider['grants'][number]>> = {
  pin: 'pin',
  device: 'device_code',
}

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/

/**
 * Returns the method to sign in: the one of the options, else a local browser with a loopback redirect, else the easiest
 * one without a browser.
 *
 * @throws {UsageError} when options contradict each other, or the server does not support the method.
 */
export function chooseMethod({ grants, hasBrowser, redirect_uri, options }: SignInConditions): SignInMethod {
  const chosen = (['pin', 'device', 'paste', 'withToken'] as const).filter(method => options[method])
  if (chosen.length + (options.port === undefined ? 0 : 1) > 1)
    throw new UsageError('--pin, --device, --paste, --with-token and --port exclude each other: choose one')
  const grant = chosen[0] && GRANTS[chosen[0]]
  if (grant && !grants.includes(grant))
    throw new UsageError(
      `this provider has no sign-in by --${chosen[0]}: leave the option out, or use --paste`,
    )
  if (chosen[0]) return chosen[0]
  const canReturn = redirect_uri === undefined || LOOPBACK.test(redirect_uri)
  if (options.port !== undefined) {
    if (canReturn) return 'loopback'
    throw new UsageError(`--port has no effect: the registered redirect_uri is ${redirect_uri}`)
  }
  if (hasBrowser && canReturn && grants.includes('authorization_code')) return 'loopback'
  if (grants.includes('device_code')) return 'device'
  return grants.includes('pin') ? 'pin' : 'paste'
}
