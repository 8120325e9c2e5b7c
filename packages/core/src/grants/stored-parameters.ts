import type { Provider } from '../provider/provider.ts'
import { isSecretName } from '../util/scrub.ts'
import type { Parameters } from '../wire/form.ts'
import { pipe } from '../wire/pipe.ts'

/** Parameters of a token request that a provider may rename. */
const SET = { client_id: 'i', client_secret: 's', grant_type: 'g', assertion: 'a', subject_token: 't' }

/**
 * Checks that parameters of a grant, which the record holds, have no secret.
 *
 * @throws {TypeError} for a token, a code or a password, under the RFC's name or the provider's.
 */
export function checkStoredParameters({ quirks }: Provider, parameters: Parameters): void {
  const renamed = pipe(quirks?.tokenRequest, SET, { to: 'token', grant: 'client_credentials' })
  for (const [name, value] of Object.entries(parameters)) {
    const isJwt = [value].flat().some(one => /^eyJ/.test(one ?? ''))
    if (isSecretName(name) || /assertion/.test(name) || isJwt || Object.hasOwn(renamed, name))
      throw new TypeError(
        `parameters must not have '${name}': they are stored, so no secret may be among them`,
      )
  }
}
