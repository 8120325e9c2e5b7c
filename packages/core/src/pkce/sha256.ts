// A synchronous SHA-256 (FIPS 180-4) for short input such as a code verifier. Web Crypto's digest is asynchronous, but
// a flow starts synchronously.

/** Returns the first 32 bits of the fractional parts of the roots of the first primes (FIPS 180-4 section 4.2.2). */
function fractions(count: number, root: (prime: number) => number): number[] {
  const words: number[] = []
  for (let n = 2; words.length < count; n++) {
    let divisor = 2
    while (n % divisor) divisor++
    if (divisor === n) words.push((root(n) % 1) * 2 ** 32)
  }
  return words.map(word => word | 0)
}

const INITIAL: readonly number[] = /* @__PURE__ */ fractions(8, Math.sqrt)
const ROUND: readonly number[] = /* @__PURE__ */ fractions(64, Math.cbrt)

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** Returns the SHA-256 digest of `message`, 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  // Pad to whole blocks: a 1 bit, zeros, and the length in bits (section 5.1.1).
  const blocks = Math.ceil((message.length + 9) / 64)
  const padded = new Uint8Array(blocks * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29))
  view.setUint32(padded.length - 4, message.length << 3)

  const hash = Int32Array.from(INITIAL)
  const w = new Int32Array(64)
  for (let block = 0; block < padded.length; block += 64) {
    let [a, b, c, d, e, f, g, h] = hash as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = view.getInt32(block + i * 4)
      else {
        const x = w[i - 15]!
        const y = w[i - 2]!
        const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
        const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
        w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
      }
      const S1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      const t1 = (h + S1 + ((e & f) ^ (~e & g)) + ROUND[i]! + w[i]!) | 0
      const S0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      const t2 = S0 + ((a & b) ^ (a & c) ^ (b & c))
      ;[a, b, c, d, e, f, g, h] = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g]
    }
    ;[a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i]! += word))
  }

  const digest = new Uint8Array(32)
  const out = new DataView(digest.buffer)
  hash.forEach((word, i) => out.setInt32(i * 4, word))
  return digest
}
