// What `login` saves, which is known before the user signs in: the client and its server belong together.
import { isDeepStrictEqual } from 'node:util'
import type { OptionValues } from '../command-line.ts'
import { type ProviderEntry, readConfiguration } from '../configuration.ts'
import { entryOf, type Settings } from '../settings.ts'

/** What a sign-in will change in the configuration file, apart from what the user types at prompts. */
export interface SavePlan {
  readonly changes: ProviderEntry
  /** The file will be written. */
  readonly isChange: boolean
  /** The file has another client or server, which the environment overrides only this time. */
  readonly isKept: boolean
}

export function planOfSave(
  { provider, file, entry }: Settings,
  { typed, discovered }: { readonly typed: OptionValues; readonly discovered: ProviderEntry },
): SavePlan {
  const inFile = entryOf(provider, readConfiguration(file), {})
  const { client_id, options = {} } = entry
  const changes: ProviderEntry = {
    ...discovered,
    ...(client_id !== undefined && { client_id }),
    ...(Object.keys(options).length > 0 && { options }),
  }
  const isTyped = Object.keys(typed).length > 0 || client_id === undefined
  const isSame = inFile.client_id === client_id && isDeepStrictEqual(inFile.options ?? {}, options)
  return {
    changes,
    isChange: client_id === undefined || !isDeepStrictEqual({ ...inFile, ...changes }, inFile),
    isKept: !isTyped && inFile.client_id !== undefined && !isSame,
  }
}
