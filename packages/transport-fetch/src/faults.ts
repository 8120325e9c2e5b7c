/** What an error code says: whether the request can have been sent, and in plain words what happened. */
export type Fault = readonly [sent: 'no' | 'unknown', words: string, codes: string]

// 'no' only where nothing of the request can have left this machine. A code that also occurs on an established
// connection is 'unknown', however it is usually met.
const FAULTS: readonly Fault[] = [
  ['no', 'host not found', 'ENOTFOUND EAI_AGAIN'],
  ['no', 'connection refused', 'ECONNREFUSED'],
  ['no', 'no connection in time', 'UND_ERR_CONNECT_TIMEOUT'],
  // Node checks the certificate before it writes.
  ['no', 'certificate for another host', 'ERR_TLS_CERT_ALTNAME_INVALID HOSTNAME_MISMATCH'],
  ['no', 'certificate not valid now', 'CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED'],
  ['no', 'certificate not trusted', 'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN CERT_UNTRUSTED'],
  ['no', 'certificate not trusted', 'UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  ['no', 'certificate not trusted', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_SIGNATURE_FAILURE CERT_REJECTED'],
  ['no', 'certificate not trusted', 'INVALID_CA INVALID_PURPOSE CERT_CHAIN_TOO_LONG PATH_LENGTH_EXCEEDED'],
  // Alerts that exist in a handshake only; OpenSSL 3.5, in Node 24, renamed the first.
  [
    'no',
    'TLS handshake failed',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
  ],
  ['no', 'TLS handshake failed', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION ERR_SSL_UNSUPPORTED_PROTOCOL'],
  ['no', 'TLS handshake failed', 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'],
  // Mostly a server of plain HTTP, but cleartext injected into a running session reads the same.
  ['unknown', 'the answer is not TLS', 'ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_PACKET_LENGTH_TOO_LONG'],
  // Of an established connection too, when packets are no longer delivered; `connect` is told by its syscall.
  ['unknown', 'host unreachable', 'EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN'],
  ['unknown', 'connection lost', 'ECONNRESET ECONNABORTED EPIPE UND_ERR_SOCKET'],
  ['unknown', 'no answer in time', 'ETIMEDOUT UND_ERR_HEADERS_TIMEOUT'],
]

const BY_CODE = new Map(FAULTS.flatMap(fault => fault[2].split(' ').map(code => [code, fault] as const)))

/** The row of the table that names `code`; none where there is no code, as in browsers. */
export function faultOf(code: string | undefined): Fault | undefined {
  return BY_CODE.get(code ?? '')
}
