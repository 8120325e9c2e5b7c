/** The meaning of error codes: whether the request may have been sent, and a description. */
export type Fault = readonly [sent: 'no' | 'unknown', description: string, codes: string]

// 'no' only if nothing of the request can have left this machine. A code that can also occur on an established
// connection is 'unknown'.
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
  // Alerts that occur only in a handshake; OpenSSL 3.5, in Node 24, renamed the first.
  [
    'no',
    'TLS handshake failed',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
  ],
  ['no', 'TLS handshake failed', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION ERR_SSL_UNSUPPORTED_PROTOCOL'],
  ['no', 'TLS handshake failed', 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'],
  // Usually a plain HTTP server, but cleartext injected into a running session looks the same.
  ['unknown', 'the response is not TLS', 'ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_PACKET_LENGTH_TOO_LONG'],
  // Also occurs on an established connection; the syscall identifies a failed `connect`.
  ['unknown', 'host unreachable', 'EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN'],
  ['unknown', 'connection lost', 'ECONNRESET ECONNABORTED EPIPE UND_ERR_SOCKET'],
  ['unknown', 'no response in time', 'ETIMEDOUT UND_ERR_HEADERS_TIMEOUT'],
]

const BY_CODE = new Map(FAULTS.flatMap(fault => fault[2].split(' ').map(code => [code, fault] as const)))

/** Returns the fault of `code`; `undefined` for an unknown or missing code (browsers have none). */
export function faultOf(code: string | undefined): Fault | undefined {
  return BY_CODE.get(code ?? '')
}
