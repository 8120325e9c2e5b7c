import type { FailureCode, FailureKind } from '../failure.ts'
import type { StatusReason } from './record.ts'

/** A decision of a keeper, emitted at once and without secrets. `generation` counts the changes of the account. */
export type KeeperEvent =
  /** The first request of a refresh is sent. `generation` is that of the tokens to be replaced. */
  | { readonly type: 'refresh-started'; readonly generation: number; readonly because: RefreshReason }
  /** The server has not responded for 10 s: waiting callers get an error, and the request goes on. Repeated every 5 s. */
  | { readonly type: 'refresh-slow' }
  /** A caller waits for a refresh that is under way in this process. */
  | { readonly type: 'refresh-joined' }
  /** Another process had stored new tokens. */
  | { readonly type: 'refresh-adopted'; readonly generation: number }
  /** `dirty`: the tokens are in memory only, until the store accepts them. */
  | { readonly type: 'refresh-succeeded'; readonly generation: number; readonly dirty: boolean }
  /** A refresh that was due brought no tokens, also if nothing was sent. */
  | {
      readonly type: 'refresh-failed'
      /** How to respond. */
      readonly kind: FailureKind | undefined
      /** That of the error that callers get, if they get one. */
      readonly code: FailureCode
      /** Safe to show and to log. */
      readonly message: string
      /** HTTP status of the response, if there was one. */
      readonly status?: number | undefined
      /** Unix time in ms before which a retry fails. */
      readonly retryAtMs?: number | undefined
      /** The access token still works, so no caller sees this. */
      readonly hidden: boolean
    }
  /** The store's lock was acquired after `ms`, which is 10 or more. */
  | { readonly type: 'lock-waited'; readonly ms: number }
  /** The lease of a process that is gone was taken over. */
  | { readonly type: 'lock-taken-over'; readonly owner: string; readonly startedAtMs: number }
  /**
   * An API rejected the access token, at the first report. `rejections`: the level of the bucket; above 3 refreshes
   * pause.
   */
  | { readonly type: 'token-rejected'; readonly generation: number; readonly rejections: number }
  /** The store could not be written. The tokens stay in memory, and every call retries. */
  | { readonly type: 'persist-failed'; readonly message: string }
  /** The store had lost writes, and this process wrote back the record that it remembers. */
  | { readonly type: 'store-healed'; readonly generation: number; readonly storedGeneration: number }
  /** The account was signed in, here or by another process. */
  | { readonly type: 'signed-in'; readonly generation: number; readonly because: StatusReason }
  /** The account was signed out, or its user must sign in again, here or in another process. */
  | { readonly type: 'signed-out'; readonly because: StatusReason }

/** Why a refresh is due. */
export type RefreshReason = 'expired' | 'early' | 'rejected' | 'asked'
