// The private keys that sign JWTs. Whatever can be wrong with one is found when it is passed, except what only the runtime
// knows: that is found at the first signature. No message shows a part of a key.
import { platform } from '../platform.ts'
import { SigningError } from './authenticate.ts'
import { type JwtSigner, webCrypto } from './sign-jwt.ts'

/** The algorithms of private keys (RFC 7518 section 3.1, RFC 8037 section 3.1). */
export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA'

/** A `CryptoKey` of any runtime. */
export interface CryptoKeyLike {
  /** Must be `private`. */
  readonly type: string
  /** `RSASSA-PKCS1-v1_5` or `RSA-PSS` with SHA-256, `ECDSA` with P-256, or `Ed25519`. */
  readonly algorithm: { readonly name: string }
  /** Must have `sign`. */
  readonly usages: readonly string[]
}

/** A private key as JWK (RFC 7517). */
export interface PrivateJwk {
  /** `RSA`, `EC` or `OKP`. */
  readonly kty?: string | undefined
  /** `P-256` for `EC`, `Ed25519` for `OKP`. */
  readonly crv?: string | undefined
  /** Selects the algorithm, unless the caller passes one. */
  readonly alg?: string | undefined
  /** Sent in the header of the JWT, so that the server finds the public key. */
  readonly kid?: string | undefined
  /** The private part. A key without it is rejected. */
  readonly d?: string | undefined
}

/** A private key: a `CryptoKey`, a JWK, or text in PEM (PKCS #8, `BEGIN PRIVATE KEY`). */
export type PrivateKey = CryptoKeyLike | PrivateJwk | string

/** What Web Crypto calls each algorithm: for a key, and for a signature. */
const ALGORITHMS = {
  RS256: [{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, { name: 'RSASSA-PKCS1-v1_5' }],
  PS256: [
    { name: 'RSA-PSS', hash: 'SHA-256' },
    { name: 'RSA-PSS', saltLength: 32 },
  ],
  ES256: [
    { name: 'ECDSA', namedCurve: 'P-256' },
    { name: 'ECDSA', hash: 'SHA-256' },
  ],
  EdDSA: [{ name: 'Ed25519' }, { name: 'Ed25519' }],
} as const satisfies Record<SigningAlgorithm, readonly [object, object]>

const RSA = ['RS256', 'PS256'] as const

/** The algorithm identifiers of PKCS #8, in hexadecimal, and the algorithms of such keys. */
const IDENTIFIERS: readonly (readonly [string, readonly SigningAlgorithm[]])[] = [
  ['06092a864886f70d010101', RSA],
  ['06072a8648ce3d020106082a8648ce3d030107', ['ES256']],
  ['06032b6570', ['EdDSA']],
]

/** The members of a JWK that make a private key. Others, such as `use`, could contradict the import. */
const JWK_MEMBERS = ['kty', 'crv', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'x', 'y']

/** A checked key, and what it can sign with. */
interface Checked {
  readonly algorithms: readonly SigningAlgorithm[]
  readonly kid?: string | undefined
  readonly alg?: string | undefined
  load(algorithm: object): Promise<object>
}

/**
 * Checks a private key and returns what signs with it, and its `kid` if it is a JWK. `owner` is the function that it was
 * passed to, as its option `key`.
 *
 * @throws {TypeError} when `key` is no private key of a supported kind, or cannot be used with `alg`.
 */
export function signerOf(
  owner: string,
  key: PrivateKey,
  alg?: SigningAlgorithm,
): JwtSigner & { readonly alg: SigningAlgorithm; readonly kid: string | undefined } {
  const names = Object.keys(ALGORITHMS)
  if (alg !== undefined && !names.includes(alg))
    throw new TypeError(`alg of ${owner} must be one of ${names.join(', ')}`)
  const problem = (what: string): TypeError => new TypeError(`key of ${owner} ${what}`)
  const checked = check(key, problem)
  const { algorithms, load, kid } = checked
  const wanted = alg ?? checked.alg ?? algorithms[0]
  const used = algorithms.find(one => one === wanted)
  if (!used) throw problem(`cannot sign with ${alg ?? 'its own alg'}, but with ${algorithms.join(' or ')}`)
  const [imported, signed] = ALGORITHMS[used]
  let loaded: Promise<object> | undefined
  return {
    alg: used,
    kid,
    async sign(data) {
      const subtle = webCrypto()
      try {
        return await subtle.sign(signed, await (loaded ??= load(imported)), data)
      } catch (error) {
        throw new SigningError(`by ${owner} failed: this runtime cannot use the key for ${used}`, error)
      }
    },
  }
}

type Problem = (what: string) => TypeError

function check(key: unknown, problem: Problem): Checked {
  if (typeof key === 'string') return checkPem(key, problem)
  const { type, kty } = Object(key) as { readonly type?: unknown; readonly kty?: unknown }
  if (typeof kty === 'string') return checkJwk(key as PrivateJwk, problem)
  if (typeof type === 'string') return checkCryptoKey(key as CryptoKeyLike, problem)
  throw problem('must be a private key: a CryptoKey, a JWK, or PEM text')
}

function checkPem(text: string, problem: Problem): Checked {
  // Environment variables often hold line breaks as two characters.
  const pem = text.replaceAll(String.raw`\n`, '\n').trim()
  const [, label = '', base64 = ''] =
    /^-----BEGIN ([A-Z0-9 ]{1,30})-----([A-Za-z0-9+/=\s]+)-----END [A-Z0-9 ]{1,30}-----$/.exec(pem) ?? []
  if (/^(RSA|EC) PRIVATE KEY$/.test(label))
    throw problem("must be 'BEGIN PRIVATE KEY': convert it with openssl pkcs8 -topk8 -nocrypt")
  if (label === 'ENCRYPTED PRIVATE KEY')
    throw problem('must not be encrypted: decrypt it with openssl pkcs8 -topk8 -nocrypt')
  if (label !== 'PRIVATE KEY') throw problem("must be PEM text of a private key ('BEGIN PRIVATE KEY')")
  const der = bytesOf(base64)
  const hex = Array.from(der ?? [], byte => byte.toString(16).padStart(2, '0')).join('')
  // PrivateKeyInfo (RFC 5208 section 5): a sequence of the version and the sequence of the algorithm identifier.
  const [, identifier = ''] = /^30(?:81..|82....|[0-7].)02010[01]30..(.*)$/.exec(hex) ?? []
  const [, algorithms] = IDENTIFIERS.find(([start]) => identifier.startsWith(start)) ?? []
  if (!der || !algorithms) throw problem('must be a key for RSA, P-256 or Ed25519, in PKCS #8')
  return { algorithms, load: algorithm => webCrypto().importKey('pkcs8', der, algorithm, false, ['sign']) }
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(platform.atob(base64.replace(/\s/g, '')), character => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

function checkJwk(jwk: PrivateJwk, problem: Problem): Checked {
  const { kty, crv, d, alg, kid } = jwk
  if (typeof d !== 'string') throw problem("must be a private key: this JWK has no 'd'")
  const algorithms: readonly SigningAlgorithm[] | undefined =
    kty === 'RSA'
      ? RSA
      : kty === 'EC' && crv === 'P-256'
        ? ['ES256']
        : kty === 'OKP' && crv === 'Ed25519'
          ? ['EdDSA']
          : undefined
  if (!algorithms) throw problem('must be a key for RSA, P-256 or Ed25519')
  const members = Object.fromEntries(Object.entries(jwk).filter(([name]) => JWK_MEMBERS.includes(name)))
  return {
    algorithms,
    // RFC 9864 calls it Ed25519.
    alg: alg === 'Ed25519' ? 'EdDSA' : alg,
    kid,
    load: algorithm => webCrypto().importKey('jwk', members, algorithm, false, ['sign']),
  }
}

function checkCryptoKey(key: CryptoKeyLike, problem: Problem): Checked {
  const { type, usages } = key
  if (type !== 'private' || !Array.isArray(usages) || !usages.includes('sign'))
    throw problem("must be a private key with the usage 'sign'")
  const { name, namedCurve, hash } = Object(key.algorithm) as Readonly<Record<string, unknown>>
  const { name: hashName } = Object(hash) as { readonly name?: unknown }
  const found = (Object.keys(ALGORITHMS) as SigningAlgorithm[]).find(alg => {
    const [expected] = ALGORITHMS[alg]
    return (
      expected.name === name &&
      (!('hash' in expected) || expected.hash === hashName) &&
      (!('namedCurve' in expected) || expected.namedCurve === namedCurve)
    )
  })
  if (!found) throw problem('must be a key for RSA with SHA-256, P-256 or Ed25519')
  return { algorithms: [found], load: () => Promise.resolve(key) }
}
