// What hands the keys to `encrypted(store, { keys })`: the first one writes, all of them read.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { codeOf, KeysError } from './errors.ts'

const KEY_BYTES = 32
const LARGEST_FILE_BYTES = 65_536

/** `#` begins a comment; keys stand apart by white space or commas. */
const COMMENT = /#.*$/gm
const BETWEEN = /[\s,]+/

/** The spellings of 32 bytes: hexadecimal, base64 and base64url, the last two with or without their `=`. */
const HEX = /^[0-9a-f]{64}$/i
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/

/**
 * Keys from an environment variable: one or several, each 32 bytes in hexadecimal or base64, apart by white space
 * or commas. The variable is read anew at each call.
 * @returns the `keys` of `encrypted`; it rejects with `KeysError` when the variable is missing or holds anything
 *   else, and never says what.
 */
export function keysFromEnvironment(variable: string): () => Promise<Uint8Array[]> {
  if (typeof variable !== 'string' || variable === '') throw new TypeError('variable must be a name')
  return async () => {
    const text = process.env[variable]
    if (text === undefined) throw new KeysError(`the environment variable ${variable} is not set`)
    return keysIn(text, `the environment variable ${variable}`)
  }
}

/**
 * Keys from a file, spelled as for `keysFromEnvironment`, with `#` comments. The file is read anew at each call,
 * so that keys can be changed without a restart.
 * @returns the `keys` of `encrypted`; it rejects with `KeysError` when the file is missing, is not this user's own,
 *   is open to others (wider than mode 0600), or holds anything but keys, and never says what.
 */
export function keysFromFile(path: string): () => Promise<Uint8Array[]> {
  if (typeof path !== 'string' || path === '') throw new TypeError('path must be a path that is not empty')
  return async () => {
    let text: string
    try {
      text = await readPrivate(path)
    } catch (error) {
      if (error instanceof KeysError) throw error
      throw new KeysError(`${path} cannot be read (${codeOf(error)})`)
    }
    return keysIn(text.replace(COMMENT, ''), path)
  }
}

/** Links are followed; what they lead to is judged by itself. */
async function readPrivate(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stats = await handle.stat()
    const uid = process.geteuid?.()
    const refusal = !stats.isFile()
      ? 'is not a file'
      : uid !== undefined && stats.uid !== uid
        ? `belongs to user ${stats.uid}, and this process is user ${uid}`
        : uid !== undefined && (stats.mode & 0o177) !== 0
          ? `is open to others (mode ${(stats.mode & 0o777).toString(8)}): chmod 600 it`
          : stats.size > LARGEST_FILE_BYTES && 'is too long for a file of keys'
    if (refusal) throw new KeysError(`${path} ${refusal}`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

function keysIn(text: string, where: string): Uint8Array[] {
  const words = text.split(BETWEEN).filter(word => word !== '')
  if (words.length === 0) throw new KeysError(`${where} holds no key`)
  return words.map((word, n) => {
    const key = HEX.test(word)
      ? Buffer.from(word, 'hex')
      : BASE64.test(word)
        ? Buffer.from(word, 'base64') // takes base64url too
        : undefined
    if (key?.length !== KEY_BYTES)
      throw new KeysError(
        `key ${n + 1} of ${words.length} in ${where} is not 32 bytes in hexadecimal or base64`,
      )
    return new Uint8Array(key)
  })
}
