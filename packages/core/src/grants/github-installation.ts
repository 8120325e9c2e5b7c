import { endpoint } from '../provider/addresses.ts'
import type { ErrorMeaning } from '../provider/provider.ts'
import { expiresAt } from '../provider/quirk-functions.ts'
import { serverClock } from '../signing/assertion.ts'
import { SigningError } from '../signing/authenticate.ts'
import { type PrivateKey, signerOf } from '../signing/keys.ts'
import { signJwt } from '../signing/sign-jwt.ts'
import { checkOptionNames, describeType } from '../util/check-type.ts'
import { isObject } from '../wire/json.ts'
import { withServerTime } from './provider-for.ts'
import { type TokenGrant, tokenGrant } from './token-grant.ts'

/** The options of `githubInstallation`. */
export interface GithubInstallationOptions {
  /** The id of the app, or its client id. */
  readonly appId: string | number
  /**
   * The private key of the app: a `CryptoKey`, a JWK, or PEM text. Convert GitHub's file once:
   * `openssl pkcs8 -topk8 -nocrypt -in app.private-key.pem -out app.pkcs8.pem`.
   */
  readonly key: PrivateKey
  /** The id of the installation. The parameter `installation_id` of a sign-in, which is not sent, replaces it. */
  readonly installationId?: string | number | undefined
  /** The names of the repositories that the tokens are for. Default: all of the installation. */
  readonly repositories?: readonly string[] | undefined
  /** The permissions of the tokens, such as `{ contents: 'read' }`. Default: all of the installation. */
  readonly permissions?: Readonly<Record<string, string>> | undefined
  /** The REST API: `https://HOST/api/v3` for GitHub Enterprise Server. Default `https://api.github.com`. */
  readonly baseUrl?: string | undefined
}

const OPTIONS = ['appId', 'key', 'installationId', 'repositories', 'permissions', 'baseUrl']

/** GitHub allows 600 s. The beginning lies in the past, in case that its clock is behind. */
const BEFORE_S = 60
const AFTER_S = 540

/** What GitHub's errors mean; 404 means `misconfigured` everywhere. */
const ERRORS: readonly ErrorMeaning[] = [
  { status: 403, prefix: 'API rate limit', means: 'transient' },
  { status: 403, prefix: 'You have exceeded a secondary rate limit', means: 'transient' },
  // The key or the id of the app is wrong; the installation is suspended; it lacks a permission or repository.
  ...[401, 403, 422].map(status => ({ status, means: 'misconfigured' }) as const),
]

/**
 * Obtains the tokens of an installation of a GitHub App. For the option `grants` of a client, whose provider may be
 * `github()`. The request is authenticated by a JWT that the key of the app signs, which is new for each request and is not
 * stored.
 *
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
 *
 * @throws {TypeError} when an option is unknown, missing or wrong.
 */
export function githubInstallation(options: GithubInstallationOptions): TokenGrant {
  const owner = 'githubInstallation()'
  checkOptionNames(owner, Object(options), OPTIONS)
  const given = Object(options) as GithubInstallationOptions
  const { appId, key, installationId, repositories, permissions } = given
  checkId(`appId of ${owner}`, appId)
  if (installationId !== undefined) checkId(`installationId of ${owner}`, installationId)
  if (repositories !== undefined && !Array.isArray(repositories))
    throw new TypeError(`repositories of ${owner} must be an array of names`)
  if (permissions !== undefined && !isObject(permissions))
    throw new TypeError(`permissions of ${owner} must be an object`)
  const baseUrl = endpoint(given.baseUrl ?? 'https://api.github.com')
  const signer = signerOf(owner, key, 'RS256')
  const time = serverClock()
  return tokenGrant(async request => {
    const { installation_id = installationId } = request.parameters
    if (installation_id == null)
      throw new SigningError('needs an installationId, or the parameter installation_id')
    const now = time.nowS(request)
    const payload = { iat: now - BEFORE_S, exp: now + AFTER_S, iss: String(appId) }
    const headers = { authorization: `Bearer ${await signJwt(signer, { typ: 'JWT' }, payload)}` }
    const described = {
      ...request.provider,
      tokenEndpoint: endpoint(
        baseUrl,
        `/app/installations/${encodeURIComponent(String(installation_id))}/access_tokens`,
      ),
      clientAuthentication: () => ({ headers }),
      authenticate: undefined,
      tokenRequestFormat: (url: string) => ({
        method: 'POST' as const,
        url,
        headers: {
          accept: 'application/vnd.github+json',
          'content-type': 'application/json',
          'x-github-api-version': '2022-11-28',
          ...headers,
        },
        body: JSON.stringify({ repositories, permissions }),
      }),
      quirks: { tokenResponse: [readToken, expiresAt()], errors: ERRORS },
    }
    return { parameters: {}, provider: withServerTime(described, time, request) }
  })
}

function checkId(name: string, id: unknown): void {
  if (!/^[\w.-]+$/.test(String(id)) || !['string', 'number'].includes(typeof id))
    throw new TypeError(`${name} must be an id, not ${describeType(id)}`)
}

/** Reads `{ token, expires_at }`. */
function readToken(value: unknown): unknown {
  if (!isObject(value) || value['token'] === undefined) return value
  const { token, ...others } = value
  return { ...others, access_token: token, token_type: 'bearer' }
}
