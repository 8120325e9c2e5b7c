import type { AuthenticationRequest, ClientAuthentication } from '../provider/provider.ts'
import { withAssertion } from './assertion.ts'
import { SigningError } from './authenticate.ts'

/** Matches a JWT in compact form. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Authenticates with a JWT that something else signs, as `client_assertion` (RFC 7523 section 2.2): a key management service,
 * or a platform that gives its workloads tokens. `assertion` is called for each request, and has 5 s. White space around its
 * result does not matter.
 *
 * @throws {TypeError} when `assertion` is not a function.
 */
export function clientAssertion(
  assertion: (request: AuthenticationRequest) => string | PromiseLike<string>,
): ClientAuthentication {
  if (typeof assertion !== 'function')
    throw new TypeError('clientAssertion() needs a function that returns a JWT')
  return async request => {
    const jwt: unknown = await assertion(request)
    if (typeof jwt !== 'string' || !JWT.test(jwt.trim()))
      throw new SigningError('needs a JWT: the function of clientAssertion() returned something else')
    return withAssertion(request.credentials.client_id, jwt.trim())
  }
}
