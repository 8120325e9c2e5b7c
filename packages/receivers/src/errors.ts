import { LatchkeyError } from '@latchkey/core'

/** The reason why no redirect was received. */
export type ReceiverErrorCode =
  | 'port_in_use'
  | 'popup_blocked'
  | 'popup_closed'
  | 'receiver_closed'
  | 'storage_unavailable'
  | 'timed_out'
  | 'unexpected_redirect'

/** No redirect was received. No code was exchanged and no token changed. */
export class ReceiverError extends LatchkeyError {
  override readonly name = 'ReceiverError'
  readonly code: ReceiverErrorCode
  constructor(code: ReceiverErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
