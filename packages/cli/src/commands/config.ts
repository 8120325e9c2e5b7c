import { KEY_NAME, replaceKeychainKey } from '@latchkey/adapters/keychain'
import { FileTokenStore } from '@latchkey/storage-fs'
import type { KeychainState } from '../configuration.ts'
import type { Context, Result } from '../context.ts'
import { KEYCHAIN, moveAccounts, readKey } from '../keychain.ts'
import { saveConfiguration } from '../save-configuration.ts'
import { realPathOf } from '../settings.ts'
import { showProgress } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

interface Move {
  /** What the configuration file says while both kinds of values may be in the store. */
  readonly during: KeychainState
  readonly to: 'sealed' | 'plain'
  readonly after: KeychainState | undefined
  readonly progress: string
  readonly result: string
}

const MOVES: Readonly<Record<string, Move>> = {
  'keychain on': {
    during: 'turning-on',
    to: 'sealed',
    after: 'on',
    progress: 'Encrypting the tokens',
    result: 'are encrypted with a key in the keychain. Commands fail when it cannot be used',
  },
  'keychain off': {
    during: 'turning-off',
    to: 'plain',
    after: undefined,
    progress: 'Decrypting the tokens',
    result: 'are not encrypted',
  },
}

/**
 * Moves the tokens into encryption with a key in the keychain, or back, or prints which of both holds. A command that is killed
 * leaves a store that works, and can be repeated.
 */
export async function run({ settings, argument, options, signal }: Context): Promise<Result> {
  const { file, store } = settings
  if (!('directory' in store))
    throw new UsageError('the keychain is for tokens in files: the tokens are in Redis')
  const { directory, keychain = 'off' } = store
  if (argument === 'keychain')
    return {
      lines: [`The keychain is ${keychain.replace('-', ' ')} for ${directory}.`],
      json: { keychain, directory },
    }
  const move = MOVES[argument ?? '']
  if (!move) throw new UsageError("what to configure? Use 'config keychain on' or 'config keychain off'")

  const files = new FileTokenStore({ directory })
  const isNewKey = options['newKey'] === true
  if (isNewKey) await createNewKey(files, move)
  let count = 0
  if (move.to === 'sealed' || (await files.read(KEY_NAME))) {
    const keyed = await readKey({ directory }) // before anything is changed
    if (keychain !== move.after || isNewKey) saveState(file, directory, move.during)
    count = await showProgress(move.progress, moveAccounts(keyed, move.to, signal))
  }
  saveState(file, directory, move.after)
  return {
    lines: [`The tokens in ${directory} ${move.result} (${count} account${count === 1 ? '' : 's'}).`],
    json: { keychain: move.after ?? 'off', directory, accounts: count },
  }
}

async function createNewKey(files: FileTokenStore, { to }: Move): Promise<void> {
  if (to !== 'sealed') throw new UsageError('--new-key is an option of: config keychain on')
  await replaceKeychainKey(files, KEYCHAIN)
}

function saveState(file: string, directory: string, state: KeychainState | undefined): void {
  saveConfiguration(file, ({ keychain = {}, ...configuration }) => {
    const { [realPathOf(directory)]: _, ...others } = keychain
    const next = state === undefined ? others : { ...others, [realPathOf(directory)]: state }
    return Object.keys(next).length > 0 ? { ...configuration, keychain: next } : configuration
  })
}
