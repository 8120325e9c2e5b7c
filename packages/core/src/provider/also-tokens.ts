import { type Tokens, tokenSet } from '../tokens.ts'
import { isObject } from '../wire/json.ts'
import { applyQuirks } from '../wire/response.ts'
import { readTokens } from '../wire/token-response.ts'
import { valueAt } from './identity.ts'
import type { AlsoTokens, SplitTokens } from './provider.ts'

/** Returns the function that finds the second set at `path`, and names its account by `suffix`. */
export function splitTokens({ path, suffix }: AlsoTokens): SplitTokens {
  return (response, provider, nowMs) => {
    const found = valueAt(response, path)
    const second = isObject(found)
      ? readTokens(applyQuirks(provider, found, '', {}, nowMs), nowMs)
      : undefined
    if (typeof second !== 'object') return { tokens: response }
    const { [path.split('.', 1)[0] as string]: _, ...rest } = response
    return { tokens: tokenSet(rest as Tokens), others: { [suffix]: second } }
  }
}
