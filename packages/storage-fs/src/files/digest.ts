/** SHA-256 in hexadecimal. `node:crypto` is loaded when it is first wanted, which a `peek` does not. */
export function systemDigest(message: string | Uint8Array): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(message).digest('hex')
}
