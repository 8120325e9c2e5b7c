// The only file of core that uses `globalThis`: the APIs of every runtime, and the default ports built on them.
import type { Clock } from './ports/clock.ts'
import type { Crypto } from './ports/crypto.ts'
import type { Logger } from './ports/logger.ts'
import type { AbortSignalLike } from './ports/transport.ts'

interface SearchParams extends Iterable<[string, string]> {
  toString(): string
}

/** A number in browsers. In Node it is an object, and `unref` lets the process end before the timer does. */
type Timer = number | { unref?(): void }

interface AesGcm {
  readonly name: 'AES-GCM'
  readonly iv: Uint8Array
  readonly additionalData: Uint8Array
}

/** The part of `SubtleCrypto` that Latchkey uses. A key is opaque. */
export interface SubtleCrypto {
  digest(algorithm: 'SHA-256', data: Uint8Array): Promise<ArrayBuffer>
  generateKey(
    algorithm: object,
    extractable: boolean,
    usages: readonly ('sign' | 'verify')[],
  ): Promise<{ readonly privateKey: object; readonly publicKey: object }>
  exportKey(format: 'jwk', key: object): Promise<Readonly<Record<string, unknown>>>
  importKey(
    format: 'raw' | 'pkcs8' | 'jwk',
    key: object,
    algorithm: string | object,
    extractable: false,
    usages: readonly ('encrypt' | 'decrypt' | 'sign')[],
  ): Promise<object>
  sign(algorithm: object, key: object, data: Uint8Array): Promise<ArrayBuffer>
  encrypt(algorithm: AesGcm, key: object, data: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: AesGcm, key: object, data: Uint8Array): Promise<ArrayBuffer>
}

export interface Platform {
  readonly URLSearchParams: new (init: string | [string, string][]) => SearchParams
  readonly URL: new (
    url: string,
    base?: string,
  ) => {
    readonly href: string
    readonly protocol: string
    readonly hostname: string
    readonly pathname: string
    readonly origin: string
    readonly search: string
    readonly hash: string
    readonly username: string
    readonly password: string
  }
  /** Pass `abort` a reason: otherwise it creates an error with a stack, which takes as long as the whole refresh. */
  readonly AbortController: new () => { readonly signal: AbortSignalLike; abort(reason?: string): void }
  readonly TextEncoder: new () => { encode(text: string): Uint8Array }
  readonly TextDecoder: new () => { decode(bytes: ArrayBuffer | Uint8Array): string }
  btoa(bytes: string): string
  atob(text: string): string
  /** `subtle` is absent in a page that was loaded over plain http from another machine. */
  readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array; readonly subtle?: SubtleCrypto }
  readonly console: { warn(message: string): void }
  readonly performance: { now(): number }
  setTimeout(callback: () => void, ms: number): Timer
  setInterval(callback: () => void, ms: number): Timer
  clearTimeout(timer: Timer): void
}

/** The APIs of this runtime. */
export const platform: Platform = globalThis as unknown as Platform

/** Returns the value of that name that all copies of this package in a program share: a bundler may make several. */
export function sharedByCopies<T>(name: string, create: () => T): T {
  const all = globalThis as unknown as Record<symbol, T | undefined>
  return (all[Symbol.for(`@latchkey/${name}@1`)] ??= create())
}

/** A longer delay overflows the timers of every runtime: they fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647

/** The clocks and the timers of this runtime. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => platform.performance.now(),
  sleep: (ms, { signal } = {}) =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const finish = (): void => {
        platform.clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = platform.setTimeout(finish, Math.min(ms, LONGEST_TIMER_MS))
      if (typeof timer === 'object') timer.unref?.()
      signal?.addEventListener('abort', finish, { once: true })
    }),
  hold() {
    const timer = platform.setInterval(() => {}, LONGEST_TIMER_MS)
    return () => platform.clearTimeout(timer)
  },
}

export const systemCrypto: Crypto = {
  randomBytes: length => platform.crypto.getRandomValues(new Uint8Array(length)),
}

export const consoleLogger: Logger = { warn: message => platform.console.warn(message) }
