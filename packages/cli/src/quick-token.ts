import { usableAccessToken } from '@latchkey/core/keeper'
import { keyOf } from '@latchkey/core/keeper'
import { readValueSync } from '@latchkey/storage-fs'
import { type CommonOptions, type Environment, settingsOf } from './settings.ts'
import { storedName } from './stored-name.ts'

const OPTIONS: Readonly<Record<string, keyof CommonOptions>> = {
  '--provider': 'provider',
  '--account': 'account',
  '--store': 'store',
}

/** What a token consists of (RFC 6750 section 2.1). The full program escapes anything else. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/

/**
 * Returns the output of `latchkey token` if the token in the files is still valid; otherwise `undefined`. It does not load
 * the command line library, the client or network code.
 */
export function quickToken([command, ...words]: readonly string[], env: Environment): string | undefined {
  const options = command === 'token' ? parseOptions(words) : undefined
  if (!options) return undefined
  try {
    const settings = settingsOf(options, env)
    const { entry, account, store } = settings
    const provider = storedName(settings)
    if (!('directory' in store) || store.keychain || provider === undefined || !entry.client_id)
      return undefined
    const owner = { provider, client_id: entry.client_id, account }
    const value = readValueSync(store.directory, keyOf(owner))
    const token = value === undefined ? undefined : usableAccessToken(value, owner, Date.now())
    return token !== undefined && VISIBLE_ASCII.test(token) ? token : undefined
  } catch {
    return undefined // the full program reports the error
  }
}

/** Parses options with values; returns `undefined` if there is anything else. */
function parseOptions(line: readonly string[]): CommonOptions | undefined {
  const words = line.flatMap(word => /^(--\w+)=(.*)$/s.exec(word)?.slice(1) ?? [word])
  const options: Partial<Record<keyof CommonOptions, string>> = {}
  for (let at = 0; at < words.length; at += 2) {
    const name = OPTIONS[words[at]!]
    const value = words[at + 1]
    if (name === undefined || value === undefined || value.startsWith('-')) return undefined
    options[name] = value
  }
  return options
}
