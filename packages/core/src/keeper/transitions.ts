// The transitions of the keeper's machines: state -> event -> possible next states. The compiler holds the handlers to them,
// and an exploration takes every move. No program bundles them.

/** Phase one of a refresh: does this process send? */
export const DECIDING = {
  reading: {
    found: ['healing', 'notingRejection', 'locking', 'waitingForLease', 'leasing', 'unlocking', 'done'],
    storeFailed: ['unlocking', 'done'],
  },
  healing: {
    swapped: ['reading', 'rereading'],
    conflicted: ['reading', 'rereading'],
    storeFailed: ['unlocking', 'done'],
  },
  notingRejection: {
    swapped: ['locking', 'waitingForLease', 'leasing', 'unlocking', 'done'],
    conflicted: ['reading'],
    storeFailed: ['unlocking', 'done'],
  },
  locking: { locked: ['reading'], busy: ['reading'], storeFailed: ['unlocking', 'done'] },
  waitingForLease: { woke: ['reading'] },
  leasing: {
    swapped: ['confirmingLease', 'renewingLease', 'sending'],
    conflicted: ['reading'],
    storeFailed: ['unlocking', 'done'],
  },
  confirmingLease: { confirmed: ['endingLease', 'renewingLease', 'sending'] },
} as const

/** Phase two of a refresh: the request. */
export const SENDING = {
  renewingLease: {
    swapped: ['renewingLease', 'sending'],
    conflicted: ['renewingLease', 'reading'],
    storeFailed: ['unlocking', 'done'],
  },
  sending: {
    granted: ['committing', 'endingLease'],
    failed: ['committing', 'endingLease', 'rereading', 'waitingToSend', 'requiringReauth'],
    pending: ['keepingLease'],
  },
  keepingLease: {
    swapped: ['sending'],
    conflicted: ['keepingLease', 'sending'],
    storeFailed: ['sending'],
  },
  waitingToSend: { woke: ['renewingLease', 'sending'] },
  rereading: {
    found: [
      'healing',
      'reading',
      'renewingLease',
      'sending',
      'waitingToReread',
      'waitingToSend',
      'endingLease',
      'requiringReauth',
    ],
    storeFailed: ['unlocking', 'done'],
  },
  waitingToReread: { woke: ['rereading'] },
  requiringReauth: {
    swapped: ['unlocking', 'done'],
    conflicted: ['rereading'],
    storeFailed: ['unlocking', 'done'],
  },
  endingLease: {
    swapped: ['waitingForLease', 'unlocking', 'done'],
    conflicted: ['endingLease', 'reading'],
    storeFailed: ['unlocking', 'done'],
  },
} as const

/** Phase three of a refresh: the result. */
export const STORING = {
  committing: {
    swapped: ['reading', 'confirming', 'unlocking', 'done'],
    conflicted: ['readingToCommit'],
    storeFailed: ['waitingToCommit', 'unlocking', 'done'],
  },
  readingToCommit: {
    found: ['committing', 'keepingSpare', 'revoking', 'reading', 'confirming', 'unlocking', 'done'],
    storeFailed: ['waitingToCommit', 'unlocking', 'done'],
  },
  waitingToCommit: { woke: ['readingToCommit'] },
  keepingSpare: {
    swapped: ['reading'],
    conflicted: ['readingToCommit'],
    storeFailed: ['waitingToCommit', 'unlocking', 'done'],
  },
  revoking: { revoked: ['reading'] },
  confirming: { confirmed: ['unlocking', 'done'] },
} as const

/** The end of a refresh. */
export const ENDING = { unlocking: { unlocked: ['done'] }, done: {} } as const

/** A refresh. */
export const REFRESH: typeof DECIDING & typeof SENDING & typeof STORING & typeof ENDING = {
  ...DECIDING,
  ...SENDING,
  ...STORING,
  ...ENDING,
}

/** A sign-in or a sign-out. */
export const ACCOUNT_WRITE = {
  reading: { found: ['writing', 'revoking', 'written'], storeFailed: ['waiting', 'written'] },
  writing: {
    swapped: ['revoking', 'written'],
    conflicted: ['writing', 'revoking', 'written'],
    storeFailed: ['waiting', 'written'],
  },
  waiting: { woke: ['reading'] },
  revoking: { revoked: ['revoking', 'written'] },
  written: {},
} as const
