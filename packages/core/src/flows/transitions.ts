// The transitions of each flow: state -> event -> possible next states. The compiler holds the handlers to them, and the
// tests run every pair. No program bundles them.

/** The tables by the names of the machines. */
export const TRANSITIONS = {
  authorization_code: {
    awaitingRedirect: { returned: ['exchanging', 'awaitingRedirect', 'denied'] },
    exchanging: {
      answered: ['authorized', 'awaitingRedirect'],
      unanswered: ['exchanging', 'awaitingRedirect'],
    },
    authorized: {},
    denied: {},
  },
  client_credentials: {
    requesting: { answered: ['authorized', 'failed'], unanswered: ['failed'] },
    authorized: {},
    failed: {},
  },
  device_code: {
    requestingCodes: { answered: ['awaitingUser', 'failed'], unanswered: ['failed'] },
    awaitingUser: { woke: ['polling', 'failed'] },
    polling: {
      answered: ['authorized', 'awaitingUser', 'denied', 'failed'],
      unanswered: ['awaitingUser', 'failed'],
    },
    authorized: {},
    denied: {},
    failed: {},
  },
  implicit: {
    awaitingToken: { returned: ['authorized', 'awaitingToken', 'denied'] },
    authorized: {},
    denied: {},
  },
  pin: {
    awaitingPin: { returned: ['exchanging', 'awaitingPin', 'denied'] },
    exchanging: { answered: ['authorized', 'awaitingPin'], unanswered: ['exchanging', 'awaitingPin'] },
    authorized: {},
    denied: {},
  },
  refresh_token: {
    refreshing: { answered: ['refreshed', 'failed'], unanswered: ['failed'] },
    refreshed: {},
    failed: {},
  },
} as const
