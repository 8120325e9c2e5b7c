/** Returns the SHA-256 in hexadecimal. Loads `node:crypto` on the first call, so that `readValueSync` does without. */
export function sha256Hex(message: string | Uint8Array): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(message).digest('hex')
}
