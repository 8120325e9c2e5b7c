import type { ClientContext } from '../client/context.ts'
import { readRedirect } from '../flows/redirect-check.ts'
import type { RedirectParameters } from '../provider/provider.ts'
import { readPasted, REDIRECT } from '../wire/redirect.ts'

const MAX_OTHERS = 16
const MAX_CHARACTERS = 1_024

/** Returns the parameters of a redirect that Latchkey has no use for; none for a bare code. */
export function otherParameters({ provider }: ClientContext, input: string): RedirectParameters {
  const text = readPasted(input)
  const parameters = REDIRECT.test(text) ? readRedirect(provider, text) : {}
  const others = Object.entries(parameters).filter(
    ([name, value]) =>
      !/^(code|pin|state|iss|error.*|.*_token)$/.test(name) && value.length <= MAX_CHARACTERS,
  )
  return Object.fromEntries(others.slice(0, MAX_OTHERS))
}
