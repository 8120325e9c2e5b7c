const MESSAGES = {
  403: 'This request did not come from a page of this site.',
  404: 'There is no such page.',
  413: 'This request is too large.',
} as const

/** A request that no page of this site sends. */
export class NotAllowedError extends Error {
  /** The HTTP status of the response. */
  readonly status: 403 | 404 | 413

  constructor(status: 403 | 404 | 413 = 403) {
    super(MESSAGES[status])
    this.name = 'NotAllowedError'
    this.status = status
  }
}

/** The user signed in to another account than the one of the session. */
export class OtherAccountError extends Error {
  /** Identifies the error, as that of Latchkey's own errors. */
  readonly code = 'other_account'

  constructor() {
    super('the user signed in to another account than the one of the session')
    this.name = 'OtherAccountError'
  }
}
